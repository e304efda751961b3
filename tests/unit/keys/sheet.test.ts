import encodeQr from 'qr';
import decodeQr from 'qr/decode.js';
import { describe, expect, it } from 'vitest';
import { nameOf, type PeerId } from '../../../src/lib/engine/identifiers.ts';
import { deriveKeyring } from '../../../src/lib/engine/keys/keyring.ts';
import {
	readRecoveryCode,
	recoveryCode,
	recoverySheet,
	type SheetContents
} from '../../../src/lib/engine/keys/sheet.ts';
import { wordsOf } from '../../../src/lib/engine/keys/words.ts';
import { SeededRandom } from '../../doubles/random.ts';
import vectors from '../../vectors/keys/recovery-code.json' with { type: 'json' };

const random = new SeededRandom('sheet');
const rootSecret = random.bytes(32);
const partners = Array.from({ length: 20 }, () => nameOf<PeerId>(random.bytes(32)));
const contents: SheetContents = {
	partners,
	brokers: ['wss://broker.example/holdfast'],
	app: 'https://app.example/',
	circles: ['Family'],
	madeAt: Date.UTC(2026, 10, 22, 9, 30)
};
const sheet = recoverySheet(rootSecret, contents);
const text = recoveryCode(sheet);

describe('the recovery sheet', () => {
	it('names the words and the identity that follow from the root secret', () => {
		expect(sheet.words).toEqual(wordsOf(rootSecret));
		expect(sheet.identity).toBe(deriveKeyring(rootSecret).peer);
		expect(sheet).toMatchObject({ version: 1, ...contents });
	});
});

describe('the recovery code', () => {
	it.each(vectors)('is the same for ever: $about', (vector) => {
		const made = recoverySheet(Buffer.from(vector.rootSecret, 'hex'), {
			...vector,
			partners: vector.partners.map((peer) => nameOf<PeerId>(Buffer.from(peer, 'hex'))),
			circles: []
		});
		expect(recoveryCode(made)).toBe(vector.code);
		const reading = readRecoveryCode(vector.code);
		expect(reading).toMatchObject({ kind: 'code', code: { identity: vector.identity } });
	});

	it('gives back the secret, the addresses and the beginnings of 20 partners', () => {
		expect(readRecoveryCode(text)).toEqual({
			kind: 'code',
			code: {
				rootSecret,
				identity: sheet.identity,
				partnerBeginnings: partners.map((peer) => peer.slice(0, 16)),
				brokers: contents.brokers,
				app: contents.app,
				madeAt: contents.madeAt
			}
		});
	});

	it('fits a QR code of version 14 at error correction M, and comes back out of its picture', () => {
		const modules = encodeQr(text, 'raw', { ecc: 'medium', border: 4 });
		expect(modules.length - 2 * 4).toBeLessThanOrEqual(17 + 4 * 14);
		expect(decodeQr(picture(text))).toBe(text);
	});

	it('leaves out what does not fit: partners first, then brokers, the secret never', () => {
		const long = `wss://${'b'.repeat(100)}.example/`;
		const crowded = recoverySheet(rootSecret, {
			...contents,
			partners: [...partners, ...partners],
			brokers: [long, `${long}2`, `${long}3`, 'x'.repeat(500)],
			app: `https://${'a'.repeat(100)}/`
		});
		expect(readRecoveryCode(recoveryCode(crowded))).toMatchObject({
			kind: 'code',
			code: { rootSecret, brokers: [long], app: crowded.app, partnerBeginnings: [] }
		});
	});

	it('forgives small letters, spaces, dashes and line breaks', () => {
		const typed = text.toLowerCase().replace(/.{8}/gu, '$&- \n');
		expect(readRecoveryCode(typed)).toMatchObject({ kind: 'code', code: { rootSecret } });
	});

	it.each(['', 'HOLD', 'WIFI:S:home;;', 'https://example.org/'])(
		'knows that %j is none',
		(other) => {
			expect(readRecoveryCode(other)).toEqual({ kind: 'not-holdfast' });
		}
	);

	it('says of every cut that it is cut short', () => {
		for (let length = 9; length < text.length; length++) {
			expect(readRecoveryCode(text.slice(0, length))).toEqual({ kind: 'cut-short' });
		}
	});

	it('says that it is of a newer version, and which', () => {
		// The first digit holds the upper five bits of the version, the second the other three.
		const newer = text.replace(/^HOLDFAST:../u, 'HOLDFAST:BU');
		expect(readRecoveryCode(newer)).toEqual({ kind: 'newer-version', version: 13 });
	});

	it('notices any changed letter', () => {
		const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
		for (let at = 9; at < text.length - 1; at++) {
			const next = letters[(letters.indexOf(text.charAt(at)) + 1) % 32] ?? '';
			const changed = text.slice(0, at) + next + text.slice(at + 1);
			expect(readRecoveryCode(changed).kind).not.toBe('code');
		}
		expect(readRecoveryCode(`${text.slice(0, 40)}1${text.slice(41)}`)).toEqual({
			kind: 'checksum'
		});
	});
});

/** Black modules on white, four pixels each, with the quiet zone. */
function picture(code: string): { width: number; height: number; data: Uint8Array } {
	const modules = encodeQr(code, 'raw', { ecc: 'medium', border: 4 });
	const scale = 4;
	const width = modules.length * scale;
	const data = new Uint8Array(4 * width * width).fill(255);
	for (let y = 0; y < width; y++) {
		for (let x = 0; x < width; x++) {
			const black = modules[Math.floor(y / scale)]?.[Math.floor(x / scale)] === true;
			if (black) data.fill(0, 4 * (y * width + x), 4 * (y * width + x) + 3);
		}
	}
	return { width, height: width, data };
}
