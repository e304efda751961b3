/**
 * Bytes as text that survives paper, links and keyboards (RFC 4648, without padding). Base32 in capitals stays in
 * a QR code's alphanumeric mode and can be typed; base64url is for links. Bits beyond the last whole byte are
 * not looked at: the formats inside carry their own length and checksum (envelope.ts).
 */
export interface TextCode {
	encode(bytes: Uint8Array): string;
	/** Undefined where a character is not of the alphabet. */
	decode(text: string): Uint8Array<ArrayBuffer> | undefined;
}

export const base32: TextCode = textCode('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567');
export const base64url: TextCode = textCode(
	'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
);

function textCode(alphabet: string): TextCode {
	const digitBits = Math.log2(alphabet.length);
	const values = new Map(Array.from(alphabet, (digit, value) => [digit, value]));
	return {
		encode(bytes) {
			const whole = Math.ceil((bytes.length * 8) / digitBits);
			let text = '';
			for (const value of regroup(bytes, 8, digitBits, whole)) text += alphabet.charAt(value);
			return text;
		},
		decode(text) {
			const digits: number[] = [];
			for (const digit of text) {
				const value = values.get(digit);
				if (value === undefined) return undefined;
				digits.push(value);
			}
			const whole = Math.floor((digits.length * digitBits) / 8);
			return Uint8Array.from(regroup(digits, digitBits, 8, whole));
		}
	};
}

/** The same bits in `count` groups of another width, the last one filled up with zeros. */
function* regroup(
	groups: Iterable<number>,
	from: number,
	to: number,
	count: number
): Generator<number> {
	let left = count;
	let held = 0;
	let bits = 0;
	for (const group of groups) {
		held = ((held & ((1 << bits) - 1)) << from) | group;
		bits += from;
		for (; bits >= to && left > 0; left--) {
			bits -= to;
			yield (held >>> bits) & ((1 << to) - 1);
		}
	}
	if (left > 0) yield (held << (to - bits)) & ((1 << to) - 1);
}
