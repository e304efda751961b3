import { decodeQR } from 'qr/decode.js';
import { frameLoop, QRCanvas, rearCamera } from 'qr/dom.js';

/**
 * Reading a QR code from camera or picture. This module is large and loaded only when somebody scans. It always
 * uses the package's own decoder: the browsers' BarcodeDetector is missing on Windows and Linux.
 */

/** A still picture is tried harder than one of a camera's frames, of which the next comes at once. */
const pictureMs = 3000;
const pictureSideMax = 2400;

/** Shows the camera in `video` and calls back with each code seen. Resolves to what stops it. */
export async function watchCamera(
	video: HTMLVideoElement,
	onCode: (text: string) => void
): Promise<() => void> {
	const camera = await rearCamera(video);
	const canvas = new QRCanvas();
	const stopLoop = frameLoop(() => {
		void camera.readFrame(canvas).then((result) => {
			if (typeof result === 'string') onCode(result);
		});
	}, video);
	return () => {
		stopLoop();
		camera.stop();
	};
}

/** The code in a picture, or undefined where none can be read. */
export async function readPicture(picture: Blob): Promise<string | undefined> {
	const bitmap = await createImageBitmap(picture);
	try {
		return decodeQR(pixelsOf(bitmap), { timeLimit: pictureMs });
	} catch {
		return undefined;
	} finally {
		bitmap.close();
	}
}

/** Photographs have more pixels than the decoder needs, and every one costs time. */
function pixelsOf(bitmap: ImageBitmap): ImageData {
	const scale = Math.min(1, pictureSideMax / Math.max(bitmap.width, bitmap.height));
	const width = Math.max(1, Math.round(bitmap.width * scale));
	const height = Math.max(1, Math.round(bitmap.height * scale));
	const drawing = new OffscreenCanvas(width, height).getContext('2d');
	if (drawing === null) throw new Error('This browser has no canvas to read pictures with.');
	drawing.drawImage(bitmap, 0, 0, width, height);
	return drawing.getImageData(0, 0, width, height);
}
