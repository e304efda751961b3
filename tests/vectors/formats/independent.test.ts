/**
 * The vectors read by the pages of docs/format alone, with Node's cryptography and nothing of src:
 * what somebody would write who has only the pages.
 */
import {
	createCipheriv,
	createDecipheriv,
	createHash,
	createHmac,
	createPublicKey,
	hkdfSync,
	verify
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

type Loose = Record<string, never>;

function vectorsOf(name: string): { input: Loose; output: Loose }[] {
	const text = readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8');
	return JSON.parse(text, (_, value: unknown) =>
		typeof value === 'string' && value.startsWith('hex:')
			? Buffer.from(value.slice(4), 'hex')
			: value
	) as { input: Loose; output: Loose }[];
}

const hkdf = (secret: Buffer, info: Buffer): Buffer =>
	Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), info, 32));
const keyFor = (root: Buffer, purpose: string): Buffer =>
	hkdf(root, Buffer.from(`holdfast v1 ${purpose}`));
const derive = (parent: Buffer, label: string, ...fields: Buffer[]): Buffer =>
	hkdf(parent, Buffer.concat([Buffer.from(`holdfast v1 ${label}\0`), ...fields]));
const hmac = (key: Buffer, data: Buffer): Buffer => createHmac('sha256', key).update(data).digest();

function open(key: Buffer, sealed: Buffer, associated: Buffer): Buffer {
	const decipher = createDecipheriv('aes-256-gcm', key, Buffer.alloc(12)).setAAD(associated);
	decipher.setAuthTag(sealed.subarray(-16));
	return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
}

test('keys.md', () => {
	for (const { input, output } of vectorsOf('keys')) {
		const { rootSecret, parent, label, fields } = input as unknown as {
			rootSecret: Buffer;
			parent: string;
			label: string;
			fields: Buffer[];
		};
		const { keyring, derived } = output as unknown as {
			keyring: Record<string, Buffer>;
			derived: Buffer;
		};
		const purposes = {
			identity: 'identity',
			chunkId: 'chunk id',
			content: 'content',
			seal: 'seal'
		};
		for (const [name, purpose] of Object.entries(purposes)) {
			expect(keyring[name]).toEqual(keyFor(rootSecret, purpose));
		}
		expect(derived).toEqual(derive(keyFor(rootSecret, parent), label, ...fields));
	}
});

test('chunk.md, cutting', () => {
	const words = Buffer.concat(
		Array.from({ length: 32 }, (_, i) =>
			createHash('sha256').update('holdfast v1 gear').update(Uint8Array.of(i)).digest()
		)
	);
	for (const { input, output } of vectorsOf('chunker')) {
		const { label, bytes } = input as unknown as { label: string; bytes: number };
		const file = Buffer.concat(
			Array.from({ length: Math.ceil(bytes / 32) }, (_, i) => {
				const counter = Buffer.alloc(4);
				counter.writeUInt32BE(i);
				return createHash('sha256').update(label).update(counter).digest();
			})
		).subarray(0, bytes);
		const lengths: number[] = [];
		let start = 0;
		let h = 0;
		for (let at = 0; at < file.length; at++) {
			const i = at - start;
			if (i >= 131_040) h = (2 * h + words.readUInt32BE(4 * (file[at] ?? 0))) % 2 ** 32;
			const strict = i >= 131_071 && i < 524_288 && h < 2 ** 11;
			const lenient = i >= 524_288 && h < 2 ** 15;
			if (strict || lenient || i === 983_039 || at === file.length - 1) {
				lengths.push(i + 1);
				start = at + 1;
				h = 0;
			}
		}
		expect({ lengths }).toEqual(output);
	}
});

test('stripe.md, and the first seal of chunk.md', () => {
	for (const { input, output } of vectorsOf('stripe')) {
		const { rootSecret, stripe, chunks } = input as unknown as {
			rootSecret: Buffer;
			stripe: string;
			chunks: { content: Buffer; packed: Buffer }[];
		};
		const { blocks, payloadHash } = output as unknown as { blocks: Buffer[]; payloadHash: Buffer };
		// Two data blocks, and with k = 1 the parity is their XOR.
		const [a, b, parity] = blocks as [Buffer, Buffer, Buffer];
		expect(parity).toEqual(Buffer.from(a.map((byte, i) => byte ^ (b[i] ?? 0))));
		const payload = Buffer.concat([a, b]);
		const content = keyFor(rootSecret, 'content');
		const seal = keyFor(rootSecret, 'seal');
		expect(payloadHash).toEqual(hmac(content, payload));

		const footer = payload.subarray(-44);
		expect(footer.toString('latin1', 0, 4)).toBe('HFS1');
		const profile = footer.subarray(4, 8);
		const two = profile[3] === 2;
		const end = payload.length - 44;
		const sealed = payload.subarray(end - footer.readUInt32BE(8), end);
		const hash = footer.subarray(12);
		const of = Buffer.concat([Buffer.from(stripe, 'hex'), profile]);
		const contents = two ? open(derive(seal, 'contents', of, hash), sealed, of) : sealed;
		expect(hmac(content, contents)).toEqual(hash);
		expect(contents.toString('latin1', 0, 4)).toBe('HFC1');
		expect(contents.subarray(8, 24).toString('hex')).toBe(stripe);
		expect(contents.readUInt32BE(24)).toBe(chunks.length);

		let offset = 0;
		for (const [i, chunk] of chunks.entries()) {
			const place = contents.subarray(28 + 73 * i, 28 + 73 * (i + 1));
			const id = hmac(keyFor(rootSecret, 'chunk id'), chunk.content);
			expect(place.subarray(0, 32)).toEqual(id);
			const contentHash = place.subarray(32, 64);
			const there = payload.subarray(offset, offset + place.readUInt32BE(64));
			const associated = Buffer.concat([of, id, place.subarray(68)]);
			const key = derive(seal, 'chunk', associated, contentHash);
			const packed = two ? open(key, there, associated) : there;
			expect(packed).toEqual(chunk.packed);
			expect(hmac(content, packed)).toEqual(contentHash);
			expect(place.readUInt32BE(68)).toBe(chunk.content.length);
			offset += there.length;
		}
	}
});

test('block.md', () => {
	for (const { input, output } of vectorsOf('block')) {
		const { rootSecret, block } = input as unknown as { rootSecret: Buffer; block: Buffer };
		const { record } = output as unknown as { record: Buffer };
		const header = record.subarray(0, 132);
		const [position, stripe] = [header.subarray(12, 13), header.subarray(20, 36)];
		const [partner, salt] = [header.subarray(68, 100), header.subarray(100)];
		const parent = keyFor(rootSecret, 'block');
		const key = derive(parent, 'block', partner, stripe, position, salt);
		const tagsAt = 132 + block.length + 16;
		expect(open(key, record.subarray(132, tagsAt), header)).toEqual(block);
		expect(record.subarray(tagsAt)).toHaveLength(16 * Math.ceil(tagsAt / 960));
		expect(header.readUInt32BE(8)).toBe(block.length);
	}
});

/** Four elements of the field: row i of a key. */
function row(key: Buffer, i: number): bigint[] {
	const stream = createCipheriv('chacha20', key, Buffer.alloc(16)).update(Buffer.alloc(32 * i + 32));
	return [0, 8, 16, 24].map((at) => stream.readBigUInt64LE(32 * i + at) % (2n ** 31n - 1n));
}

test('proof.md, the tags', () => {
	for (const { input, output } of vectorsOf('block')) {
		const { rootSecret, block } = input as unknown as { rootSecret: Buffer; block: Buffer };
		const { record } = output as unknown as { record: Buffer };
		const [position, stripe] = [record.subarray(12, 13), record.subarray(20, 36)];
		const [partner, salt] = [record.subarray(68, 100), record.subarray(100, 132)];
		const parent = keyFor(rootSecret, 'proof');
		const alpha = derive(parent, 'proof alpha', partner);
		const pad = derive(parent, 'proof pad', partner, stripe, position, salt);
		const tagsAt = 132 + block.length + 16;
		const alphas = Array.from({ length: 320 }, (_, j) => row(alpha, j));
		for (let sector = 0; 960 * sector < tagsAt; sector++) {
			const bytes = Buffer.alloc(960);
			record.copy(bytes, 0, 960 * sector, Math.min(tagsAt, 960 * sector + 960));
			const tag = row(pad, sector).map((start, t) => {
				const add = (sum: bigint, weights: bigint[], j: number): bigint =>
					sum + (weights[t] ?? 0n) * BigInt(bytes.readUIntLE(3 * j, 3));
				return alphas.reduce(add, start) % (2n ** 31n - 1n);
			});
			const found = [0, 4, 8, 12].map((at) =>
				BigInt(record.readUInt32LE(tagsAt + 16 * sector + at))
			);
			expect(found).toEqual(tag);
		}
	}
});

test('head.md, the signature', () => {
	for (const { output } of vectorsOf('head')) {
		const { head } = output as unknown as { head: Buffer };
		// A row of four: text, bytes with a length of two bytes each, and 64 bytes of signature.
		const openAt = 1 + 1 + 13 + 2;
		const open = head.subarray(openAt, openAt + (head[openAt - 1] ?? 0));
		const sealedAt = openAt + open.length + 3;
		const sealed = head.subarray(sealedAt, sealedAt + head.readUInt16BE(sealedAt - 2));
		expect(sealedAt + sealed.length + 2 + 64).toBe(head.length);
		const message = Buffer.concat([
			Buffer.from('holdfast v1 head\0'),
			open,
			createHash('sha256').update(sealed).digest()
		]);
		// Field 1 of the public part is the owner.
		const spki = Buffer.concat([
			Buffer.from('302a300506032b6570032100', 'hex'),
			open.subarray(4, 36)
		]);
		const owner = createPublicKey({ key: spki, format: 'der', type: 'spki' });
		expect(verify(null, message, owner, head.subarray(-64))).toBe(true);
	}
});
