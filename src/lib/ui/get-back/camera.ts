import { BarcodeDetector } from 'qr/decode.js';
import { frameLoop, QRCanvas, rearCamera } from 'qr/dom.js';

/**
 * Reading a QR code from camera or picture. This module is large and loaded only when somebody scans. It always
 * uses the package's own decoder: the browsers' BarcodeDetector is missing on Windows and Linux.
 */

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
		const [code] = await new BarcodeDetector({ formats: ['qr_code'] }).detect(bitmap);
		return code?.rawValue;
	} finally {
		bitmap.close();
	}
}
