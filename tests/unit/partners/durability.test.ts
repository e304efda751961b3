/** The model of docs/durability.md, and every table that stands there, computed anew. */
import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { geometryFor } from '../../../src/lib/engine/coding/profile.ts';
import { nameOf, type PeerId } from '../../../src/lib/engine/identifiers.ts';
import {
	absenceProbability,
	chanceOfLoss,
	geometryForLifetimes,
	lossProbability,
	parityFor,
	partnerAbsence,
	partnersWorthHaving,
	refillMs,
	restoreMs,
	stripeLoss,
	usualLifetimeMs,
	type Spread
} from '../../../src/lib/engine/partners/durability.ts';

const dayMs = 24 * 60 * 60_000;
const absenceAt = (days: number, refillDays = refillMs / dayMs): number =>
	absenceProbability({ lifetimeMs: days * dayMs, refillMs: refillDays * dayMs, restoreMs });
const peer = (n: number): PeerId => nameOf<PeerId>(new Uint8Array(32).fill(n));

describe("the patent's example, each partner absent with p = 0.01", () => {
	it('loses the data of two partners with 1e-4', () => {
		expect(lossProbability([0.01, 0.01], 1)).toBeCloseTo(1e-4, 12);
	});
	it('loses the data of ten partners, of which any four may be lost, with 2.4e-8', () => {
		const chance = lossProbability(
			Array.from({ length: 10 }, () => 0.01),
			4
		);
		expect(chance.toExponential(1)).toBe('2.4e-8');
	});
	it('comes out of the function that Home shows', () => {
		const spread = { m: 6, positions: Array.from({ length: 10 }, (_, n) => [peer(n)]) };
		expect(chanceOfLoss([spread], () => 0.01).toExponential(1)).toBe('2.4e-8');
		expect(chanceOfLoss([{ m: 1, positions: [[peer(1)], [peer(2)]] }], () => 0.01)).toBeCloseTo(
			1e-4,
			12
		);
	});
});

describe('many stripes', () => {
	const on = (m: number, ...partners: readonly number[]): Spread => ({
		m,
		positions: partners.map((n) => [peer(n)])
	});
	it('with the same partners are lost together: more of them change nothing', () => {
		const one = chanceOfLoss([on(2, 1, 2, 3, 4)], () => 0.1);
		expect(chanceOfLoss([on(2, 1, 2, 3, 4), on(2, 1, 2, 3, 4)], () => 0.1)).toBe(one);
	});
	it('are as safe as the weakest where the others are lost only with it', () => {
		const weak = chanceOfLoss([on(2, 1, 2, 3)], () => 0.1);
		expect(chanceOfLoss([on(2, 1, 2, 3, 4), on(2, 1, 2, 3)], () => 0.1)).toBe(weak);
	});
	it('with other partners each add their chance', () => {
		const chance = chanceOfLoss([on(1, 1), on(1, 2)], () => 0.1);
		expect(chance).toBeCloseTo(0.2, 12);
		expect(chanceOfLoss([on(1, 1), on(1, 2)], () => 0.9)).toBe(1);
	});
	it('are lost for certain below m, and safer with a stand-in', () => {
		expect(chanceOfLoss([on(2, 1)], () => 0.1)).toBe(1);
		const helped = { m: 1, positions: [[peer(1), peer(2)]] };
		expect(chanceOfLoss([helped], () => 0.1)).toBeCloseTo(0.01, 12);
	});
	it('are no risk while there are none', () => {
		expect(chanceOfLoss([], () => 0.1)).toBe(0);
	});
});

describe('one partner', () => {
	const slot = { lifetimeMs: 180 * dayMs, refillMs, restoreMs };
	const usual = absenceProbability(slot);
	it('in its commitment period counts as absent', () => {
		expect(partnerAbsence({ inCommitment: true, awayMs: 0, graceMs: 14 * dayMs }, slot)).toBe(1);
	});
	it('is the likelier to be gone the longer it is away, and taken for gone at the end of grace', () => {
		const away = (days: number): number =>
			partnerAbsence({ inCommitment: false, awayMs: days * dayMs, graceMs: 14 * dayMs }, slot);
		expect(away(0)).toBe(usual);
		expect(away(7)).toBeCloseTo((1 + usual) / 2, 12);
		expect(away(14)).toBe(1);
		expect(away(400)).toBe(1);
		expect(away(-1)).toBe(usual);
	});
});

describe('m and k for measured lifetimes', () => {
	it('are the usual ones while partners last as long as was assumed, or longer', () => {
		for (const days of [180, 365, 3650]) {
			for (let n = 1; n <= 60; n++) {
				expect(geometryForLifetimes(n, days * dayMs)).toEqual(geometryFor(n));
			}
		}
	});
	it.each([
		[3, 30, 1, 2],
		[4, 30, 2, 2],
		[6, 90, 2, 4],
		[8, 90, 3, 5],
		[12, 90, 4, 8],
		[20, 90, 7, 13],
		[20, 150, 9, 11]
	])('%i partners that last %i days: %i + %i', (partners, days, m, k) => {
		expect(geometryForLifetimes(partners, days * dayMs)).toMatchObject({ m, k });
	});
	it('ask for more partners where they last shorter', () => {
		expect(partnersWorthHaving(usualLifetimeMs)).toBe(23);
		expect(partnersWorthHaving(365 * dayMs)).toBe(20);
		expect(partnersWorthHaving(20 * dayMs)).toBe(30);
	});
});

describe('docs/durability.md', () => {
	const text = readFileSync(new URL('../../../docs/durability.md', import.meta.url), 'utf8');

	/** The rows below the heading that begins so: cells by column, the first row being the header. */
	function table(beginning: string): readonly (readonly string[])[] {
		const at = text.indexOf(beginning);
		if (at < 0) throw new Error(`no table ${beginning}`);
		const lines = text.slice(at).split('\n');
		const first = lines.findIndex((line) => line.startsWith('|'));
		const rows = lines.slice(first);
		const end = rows.findIndex((line) => !line.startsWith('|'));
		return rows
			.slice(0, end)
			.filter((line) => !/^\|[\s|:-]+$/.test(line))
			.map((line) =>
				line
					.split('|')
					.slice(1, -1)
					.map((cell) => cell.trim())
			);
	}

	test('the chance of loss by code and lifetime', () => {
		const [header = [], ...rows] = table('### Chance of loss');
		expect(rows.length).toBeGreaterThanOrEqual(4);
		for (const [days = '', ...cells] of rows) {
			const computed = header.slice(1).map((code) => {
				const [m = 0, k = 0] = code.split('+').map(Number);
				return stripeLoss({ m, k }, absenceAt(Number.parseInt(days, 10))).toExponential(1);
			});
			expect(cells).toEqual(computed);
		}
	});

	test('the parity that a chance of one in a million needs', () => {
		const [header = [], ...rows] = table('### Parity for one in a million');
		for (const [m = '', ...cells] of rows) {
			const computed = header.slice(1).map((column) => {
				const [days = 0, refillDays = 0] = (column.match(/\d+/g) ?? []).map(Number);
				const k = parityFor(Number(m), absenceAt(days, refillDays)) ?? Number.NaN;
				return `${k} (${((Number(m) + k) / Number(m)).toFixed(1)}x)`;
			});
			expect(cells).toEqual(computed);
		}
	});

	test('m and k by partners and lifetime', () => {
		const [header = [], ...rows] = table('### m and k by partners');
		for (const [partners = '', ...cells] of rows) {
			const computed = header.slice(1).map((column) => {
				const { m, k } = geometryForLifetimes(
					Number(partners),
					Number.parseInt(column, 10) * dayMs
				);
				return `${m} + ${k}`;
			});
			expect(cells).toEqual(computed);
		}
	});
});
