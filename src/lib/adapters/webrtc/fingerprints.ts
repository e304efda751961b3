/** The DTLS certificate fingerprints in a session description (RFC 8122). */

const fingerprintLine = /^a=fingerprint:(\S+) ([0-9A-F:]+)\s*$/gim;
const fingerprintBytes = 32;

/**
 * The one SHA-256 fingerprint that a description names. Undefined when it names none, or several different ones:
 * a browser accepts any of several, so signing one of them would prove nothing.
 */
export function fingerprintOf(sdp: string): Uint8Array | undefined {
	const named = [...sdp.matchAll(fingerprintLine)].map(([, hash = '', digits = '']) =>
		`${hash} ${digits}`.toLowerCase()
	);
	const lines = sdp.match(/^a=fingerprint:/gim)?.length ?? 0;
	const [only, ...others] = [...new Set(named)];
	if (only === undefined || others.length > 0 || lines !== named.length) return undefined;
	const [hash, digits = ''] = only.split(' ');
	const bytes = digits.split(':').map((pair) => Number.parseInt(pair, 16));
	if (hash !== 'sha-256' || bytes.length !== fingerprintBytes || bytes.some(isNoByte)) {
		return undefined;
	}
	return new Uint8Array(bytes);
}

function isNoByte(value: number): boolean {
	return !(value >= 0 && value <= 255);
}
