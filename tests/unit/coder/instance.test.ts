import { beforeAll, describe, expect, test } from 'vitest';
import { CoderMisuse, CoderPanic } from '../../../src/lib/adapters/coder/failures.ts';
import { CoderInstance } from '../../../src/lib/adapters/coder/instance.ts';
import { Kernel } from '../../../src/lib/adapters/coder/kernel.ts';
import { ProverInstance } from '../../../src/lib/adapters/coder/prover.ts';
import { spanning, transferable } from '../../../src/lib/adapters/coder/jobs.ts';
import { compileFastest } from '../../../src/lib/adapters/coder/variants.ts';
import type { Share } from '../../../src/lib/engine/ports.ts';
import { seededBytes } from '../../vectors/coder/payload.ts';

let coder: CoderInstance;
let prover: ProverInstance;
beforeAll(async () => {
	const kernel = new Kernel(await compileFastest());
	coder = new CoderInstance(kernel);
	prover = new ProverInstance(kernel);
});

const geometry = { m: 3, k: 2, blockBytes: 10 };

function shareAt(stripe: Uint8Array, position: number): Share {
	return { position, bytes: stripe.slice(position * 10, position * 10 + 10) };
}

describe('what contradicts the contract is refused', () => {
	test.each([
		[0, 1, 1],
		[1, -1, 1],
		[200, 56, 1],
		[2.5, 1, 1],
		[2, 1, 0],
		[2, NaN, 1]
	])('geometry %d + %d, %d bytes', (m, k, blockBytes) => {
		const payload = new Uint8Array(Math.max(0, Math.floor(m * blockBytes) || 0));
		expect(() => coder.encode({ m, k, blockBytes }, payload)).toThrow(CoderMisuse);
	});

	test('payloads, stripes and shares of another length', () => {
		expect(() => coder.encode(geometry, new Uint8Array(29))).toThrow(CoderMisuse);
		expect(() => coder.fillParity(geometry, new Uint8Array(51))).toThrow(CoderMisuse);
		const shares = [0, 1, 2].map((position) => ({ position, bytes: new Uint8Array(9) }));
		expect(() => coder.decode(geometry, shares)).toThrow(CoderMisuse);
	});

	test('too few shares, one twice, and positions outside', () => {
		const stripe = coder.encode(geometry, seededBytes(1, 30));
		const shares = (...positions: number[]) => positions.map((p) => shareAt(stripe, p));
		expect(() => coder.decode(geometry, shares(0, 4))).toThrow('2 shares, 3 needed');
		expect(() => coder.decode(geometry, shares(0, 4, 4))).toThrow('position 4 twice');
		const outside = [...shares(0, 1), { position: 5, bytes: new Uint8Array(10) }];
		expect(() => coder.decode(geometry, outside)).toThrow('position 5 of 5');
		expect(() => coder.rebuild(geometry, shares(0, 1, 2), 5)).toThrow('position 5 of 5');
		expect(() => coder.rebuild(geometry, shares(0, 1, 2), -1)).toThrow(CoderMisuse);
	});
});

test('more shares than m are welcome, and a block that is there is handed back', () => {
	const stripe = coder.encode(geometry, seededBytes(1, 30));
	const all = [4, 3, 2, 1, 0].map((position) => shareAt(stripe, position));
	expect(coder.decode(geometry, all)).toEqual(seededBytes(1, 30));
	expect(coder.rebuild(geometry, all, 3)).toEqual(stripe.slice(30, 40));
});

test('without parity a stripe is its payload', () => {
	const bare = { m: 3, k: 0, blockBytes: 10 };
	const stripe = coder.encode(bare, seededBytes(1, 30));
	expect(stripe).toEqual(seededBytes(1, 30));
	const shares = [2, 0, 1].map((position) => shareAt(stripe, position));
	expect(coder.decode(bare, shares)).toEqual(stripe);
});

test('a panic names its line, and the next call gets a fresh instance', () => {
	const before = coder.encode(geometry, seededBytes(1, 30));
	let panic: unknown;
	try {
		coder.panic();
	} catch (error) {
		panic = error;
	}
	expect(panic).toBeInstanceOf(CoderPanic);
	expect((panic as CoderPanic).line).toBeGreaterThan(0);
	expect((panic as CoderPanic).retry).toBe(false);
	expect(coder.encode(geometry, seededBytes(1, 30))).toEqual(before);
});

test('another ABI version is not spoken to', () => {
	// (module (func (export "coder_abi_version") (result i32) i32.const 99))
	const name = [...new TextEncoder().encode('coder_abi_version')];
	const bytes = [
		...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7f, 3, 2, 1, 0],
		...[7, name.length + 4, 1, name.length, ...name, 0, 0],
		...[10, 7, 1, 5, 0, 0x41, 0xe3, 0, 0x0b]
	];
	const module = new WebAssembly.Module(Uint8Array.from(bytes));
	expect(() => new Kernel(module)).toThrow('coder ABI version 99');
});

describe('a prover refuses', () => {
	const key = new Uint8Array(32);
	const sectors = new Uint8Array(960);
	const tags = new Uint8Array(16);

	test('empty records, short keys', () => {
		expect(() => prover.tag({ alpha: key, pad: key }, new Uint8Array())).toThrow(CoderMisuse);
		expect(() => prover.tag({ alpha: key.subarray(1), pad: key }, tags)).toThrow(CoderMisuse);
		const claims = [{ pad: new Uint8Array(31), sector: 0, coefficient: 1 }];
		expect(() => prover.check(key, claims, new Uint8Array(1296))).toThrow(CoderMisuse);
	});

	test.each([-1, 1.5, NaN, 2 ** 31 - 1, 2 ** 32])('the coefficient %d', (coefficient) => {
		const samples = { sectors, tags, coefficients: [coefficient] };
		expect(() => prover.combine(samples)).toThrow(CoderMisuse);
		const claims = [{ pad: key, sector: 0, coefficient }];
		expect(() => prover.check(key, claims, new Uint8Array(1296))).toThrow(CoderMisuse);
	});

	test('samples that do not fit together, and more than 511', () => {
		expect(() => prover.combine({ sectors, tags, coefficients: [1, 1] })).toThrow(CoderMisuse);
		const claims = Array.from({ length: 512 }, () => ({ pad: key, sector: 0, coefficient: 1 }));
		expect(() => prover.check(key, claims, new Uint8Array(1296))).toThrow('512 samples');
		const [outside] = [{ pad: key, sector: -1, coefficient: 1 }];
		expect(() => prover.check(key, [outside], new Uint8Array(1296))).toThrow(CoderMisuse);
	});

	test('no proof of another length: it is wrong', () => {
		expect(prover.check(key, [], new Uint8Array(1295))).toBe(false);
		expect(prover.check(key, [], new Uint8Array(1296))).toBe(true);
	});
});

describe('what is transferred', () => {
	test('whole buffers go as they are, views are copied', () => {
		const whole = new Uint8Array(10);
		expect(spanning(whole)).toBe(whole);
		const view = new Uint8Array(20).subarray(5, 15);
		expect(spanning(view).buffer.byteLength).toBe(10);
	});

	test('two shares over one buffer do not give it away twice', () => {
		const bytes = new Uint8Array(10);
		const shares = [0, 1].map((position) => ({ position, bytes }));
		const { transfer } = transferable({ kind: 'decode', geometry, shares });
		expect(new Set(transfer).size).toBe(2);
		expect(transfer[0]).toBe(bytes.buffer);
	});
});
