import { encodeQR, type ErrorCorrection } from 'qr';

/** Modules of white around the code that ISO/IEC 18004 asks for. */
const quietZone = 4;
/** Beyond this many modules a side, a code of 45 mm has modules of half a millimetre, which cameras miss. */
const modulesMax = 81;
const levels: readonly ErrorCorrection[] = ['high', 'quartile', 'medium', 'low'];

/** A QR code as one SVG path in units of modules. */
export interface QrPath {
	readonly path: string;
	/** Modules a side, quiet zone included. */
	readonly side: number;
	readonly level: ErrorCorrection;
}

/** Draws a text with the strongest error correction that keeps the modules large enough to print. */
export function qrPath(text: string): QrPath {
	for (const level of levels) {
		const rows = encodeQR(text, 'raw', { ecc: level, border: quietZone });
		if (rows.length <= modulesMax || level === 'low') {
			return { path: pathOf(rows), side: rows.length, level };
		}
	}
	throw new Error('unreachable: the last level always returns');
}

/** One horizontal run of dark modules is one rectangle. */
function pathOf(rows: readonly (readonly boolean[])[]): string {
	let path = '';
	for (const [y, row] of rows.entries()) {
		for (let x = 0; x < row.length; x++) {
			if (row[x] !== true) continue;
			let end = x;
			while (row[end] === true) end++;
			path += `M${String(x)} ${String(y)}h${String(end - x)}v1H${String(x)}z`;
			x = end;
		}
	}
	return path;
}
