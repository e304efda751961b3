/**
 * A backup that ends at any of its steps, by an abort or by the machine's death: what was committed stays whole,
 * and the next run commits a right snapshot and sends nothing again that the records know to be stored.
 */
import { describe, expect, test } from 'vitest';
import { backUp, type BackupContext } from '../../../src/lib/engine/archive/backup.ts';
import { SeededRandom } from '../../doubles/random.ts';
import { described, Rig } from '../../unit/archive/rig.ts';

const at = Date.UTC(2026, 4, 5);
const geometry = () => ({ m: 2, k: 1, blockBytes: 64 * 1024 });
/** Calls of ports in one run are some hundreds; every so many is tried. */
const stride = 13;

/** Files for a few stripes, whose reading takes long enough for a checkpoint. */
async function prepared(): Promise<{ rig: Rig; expected: Map<string, string> }> {
	const rig = new Rig('interruptions');
	const folder = rig.choose();
	const expected = new Map([['Documents/', '']]);
	const content = new SeededRandom(1);
	for (let i = 0; i < 3; i++) {
		const before = content.bytes(30_000);
		folder.file(`old ${String(i)}`, before, at);
		expected.set(`Documents/old ${String(i)}`, described(before, at));
	}
	await rig.backUp({ geometry });
	for (let i = 0; i < 14; i++) {
		const bytes = content.bytes(20_000 + 2000 * i);
		const slow = {
			size: bytes.length,
			read: (offset: number, length: number) => {
				rig.clock.jump(2 * 60_000);
				return bytes.slice(offset, offset + length);
			}
		};
		folder.file(`sub/new ${String(i)}`, slow, at + i);
		expected.set('Documents/sub/', '');
		expected.set(`Documents/sub/new ${String(i)}`, described(bytes, at + i));
	}
	return { rig, expected };
}

/** Every call of a port's methods passes `before` and, once it is answered, `after`. */
function watched<T extends object>(port: T, before: () => void, after = before): T {
	return new Proxy(port, {
		get(target, key) {
			const value: unknown = Reflect.get(target, key);
			if (typeof value !== 'function') return value;
			return async (...of: unknown[]): Promise<unknown> => {
				before();
				const answer: unknown = await Reflect.apply(value, target, of);
				after();
				return answer;
			};
		}
	});
}

function watchedContext(rig: Rig, signal: AbortSignal, step: () => void): BackupContext {
	const context = rig.context({ geometry, signal });
	return {
		...context,
		records: watched(context.records, step),
		sink: watched(context.sink, step),
		folders: watched(context.folders, step),
		tools: {
			...context.tools,
			compressor: watched(context.tools.compressor, step),
			ciphers: watched(context.tools.ciphers, step),
			coder: watched(context.tools.coder, step)
		},
		commit: async (...of) => {
			step();
			await context.commit(...of);
			step();
		}
	};
}

async function stepsOfOneRun(): Promise<number> {
	const { rig } = await prepared();
	let steps = 0;
	await backUp(watchedContext(rig, new AbortController().signal, () => steps++));
	expect(rig.snapshots.length).toBeGreaterThan(2);
	return steps;
}

/** One run that ends at a step, then another one to its end. */
async function interrupted(end: number, how: 'abort' | 'death'): Promise<void> {
	const { rig, expected } = await prepared();
	const first = await rig.read();
	const stop = new AbortController();
	let steps = 0;
	const step = (): void => {
		if (++steps < end) return;
		if (how === 'abort') stop.abort(new Error('the end'));
		else throw new Error('the end');
	};
	const ended = await backUp(watchedContext(rig, stop.signal, step)).then(
		() => 'complete',
		(failure: unknown) => (failure as Error).message
	);
	// An abort that comes when the head is already on its way changes nothing.
	const late = how === 'abort' && rig.newest.kind === 'complete' && rig.snapshots.length > 2;
	expect(ended).toBe(late ? 'complete' : 'the end');
	await rig.restart();
	for (const snapshot of rig.snapshots) {
		const found = await rig.read(snapshot);
		for (const [path, file] of first) expect(found.get(path)).toBe(file);
		for (const [path, file] of found) expect(expected.get(path)).toBe(file);
	}
	const known = new Set(rig.partners.stripes.keys());
	for (const id of known) if (rig.index.stripe(id) === undefined) known.delete(id);
	const unknown = rig.partners.stripes.size - known.size;
	// Only death loses the word of a stripe that is stored, and only of those that were on their way.
	expect(unknown).toBeLessThanOrEqual(how === 'abort' ? 0 : rig.partners.roomFor);
	for (const id of [...rig.partners.stripes.keys()])
		if (!known.has(id)) rig.partners.stripes.delete(id);

	await backUp(rig.context({ geometry }));

	expect(await rig.read()).toEqual(expected);
	const chunks = rig.partners.chunks();
	expect(new Set(chunks).size).toBe(chunks.length);
	await rig.rebuildFromSegments();
	expect(await rig.read()).toEqual(expected);
}

const steps = await stepsOfOneRun();
const ends = Array.from({ length: Math.floor(steps / stride) }, (_, i) => 1 + i * stride);

describe.each(['abort', 'death'] as const)('a run ended by %s', (how) => {
	test(`at each of ${String(ends.length)} steps of ${String(steps)} leaves all whole, and is taken up again`, async () => {
		for (const end of ends) await interrupted(end, how);
	});
});
