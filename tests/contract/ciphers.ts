import { describe, expect, test } from 'vitest';
import { bytesOf } from '../../src/lib/engine/identifiers.ts';
import type { Ciphers } from '../../src/lib/engine/ports.ts';
import { identical } from './identical.ts';
import { SeededRandom } from '../doubles/random.ts';

/** What every adapter of Ciphers does: standard vectors, and refusals by tag. */
export function ciphersContract(name: string, ciphers: Ciphers): void {
	describe(`ciphers: ${name}`, () => {
		const random = new SeededRandom('ciphers');
		const key = random.bytes(32);
		const nonce = random.bytes(12);

		test('SHA-256 gives the vectors of FIPS 180-4', async () => {
			const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
			expect(await ciphers.sha256(text('abc'))).toEqual(hex(abc));
			const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
			expect(await ciphers.sha256(text(''))).toEqual(hex(empty));
		});

		test('HMAC-SHA-256 gives the vectors of RFC 4231', async () => {
			const case1 = 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7';
			const key1 = new Uint8Array(20).fill(0x0b);
			expect(await ciphers.hmacSha256(key1, text('Hi There'))).toEqual(hex(case1));
			const case6 = '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54';
			const key6 = new Uint8Array(131).fill(0xaa);
			const data6 = text('Test Using Larger Than Block-Size Key - Hash Key First');
			expect(await ciphers.hmacSha256(key6, data6)).toEqual(hex(case6));
		});

		test('AES-256-GCM gives test case 16 of the GCM specification', async () => {
			const sealed = await ciphers.seal(gcm.key, gcm.nonce, gcm.plaintext, gcm.associated);
			expect(sealed).toEqual(gcm.sealed);
			const opened = await ciphers.open(gcm.key, gcm.nonce, gcm.sealed, gcm.associated);
			expect(opened).toEqual(gcm.plaintext);
		});

		test.for([0, 1, 15, 16, 17, 4096, 65_537])('opens what it sealed: %i bytes', async (length) => {
			const plaintext = random.bytes(length);
			const sealed = await ciphers.seal(key, nonce, plaintext, text('context'));
			expect(sealed.length).toBe(length + 16);
			const opened = await ciphers.open(key, nonce, sealed, text('context'));
			expect(opened && identical(opened, plaintext)).toBe(true);
		});

		test('opens nothing that is changed, cut short, or from another context', async () => {
			const sealed = await ciphers.seal(key, nonce, random.bytes(100), text('context'));
			const flipped = sealed.slice();
			flipped[50] = (flipped[50] ?? 0) ^ 1;
			expect(await ciphers.open(key, nonce, flipped, text('context'))).toBeUndefined();
			expect(await ciphers.open(key, nonce, sealed, text('other'))).toBeUndefined();
			expect(await ciphers.open(key, nonce, sealed, text(''))).toBeUndefined();
			for (const length of [0, 15, 16, 115]) {
				const short = sealed.slice(0, length);
				expect(await ciphers.open(key, nonce, short, text('context'))).toBeUndefined();
			}
		});

		test('works on parts of larger buffers and leaves its arguments alone', async () => {
			const whole = random.bytes(64);
			const before = whole.slice();
			const sealed = await ciphers.seal(key, nonce, whole.subarray(8, 40), whole.subarray(40));
			const same = await ciphers.seal(key, nonce, before.slice(8, 40), before.slice(40));
			expect(sealed).toEqual(same);
			expect(whole).toEqual(before);
		});

		test('rejects keys and nonces of other lengths', async () => {
			for (const other of [key.subarray(1), key.subarray(16), new Uint8Array()]) {
				await expect(ciphers.seal(other, nonce, key, key)).rejects.toThrow(RangeError);
				await expect(ciphers.open(other, nonce, key, key)).rejects.toThrow(RangeError);
			}
			await expect(ciphers.seal(key, key.slice(0, 16), key, key)).rejects.toThrow(RangeError);
		});
	});
}

/** McGrew and Viega, The Galois/Counter Mode of Operation, appendix B, test case 16. */
const gcm = {
	key: hex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308'),
	nonce: hex('cafebabefacedbaddecaf888'),
	plaintext: hex(
		'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72' +
			'1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39'
	),
	associated: hex('feedfacedeadbeeffeedfacedeadbeefabaddad2'),
	sealed: hex(
		'522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa' +
			'8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662' +
			'76fc6ece0f4e1768cddf8853bb2d551b'
	)
};

function hex(digits: string): Uint8Array<ArrayBuffer> {
	return bytesOf(digits as never);
}

function text(characters: string): Uint8Array<ArrayBuffer> {
	return new TextEncoder().encode(characters);
}
