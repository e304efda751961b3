import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RestoreTarget } from '../../src/lib/engine/ports.ts';
import { identical } from './identical.ts';
import { SeededRandom } from '../doubles/random.ts';

/** A restore target under test, and a way to look at what it left. */
export interface RestoreTargetHarness {
	readonly target: RestoreTarget;
	/** Every restored file by its path in the target, after `finish`. */
	files(): Promise<ReadonlyMap<string, Uint8Array>>;
	/** Every restored directory, where the target can tell. */
	directories(): Promise<ReadonlySet<string>>;
	/** Another run of the same restore, where the target keeps what an aborted one left. */
	readonly again?: () => Promise<RestoreTargetHarness>;
	end(): Promise<void>;
}

const time = Date.UTC(2024, 1, 29, 12, 34, 56);

/** What every adapter of RestoreTarget does. */
export function restoreTargetContract(
	name: string,
	open: () => Promise<RestoreTargetHarness>
): void {
	describe(`restore target: ${name}`, () => {
		let harness: RestoreTargetHarness;
		beforeEach(async () => {
			harness = await open();
		});
		afterEach(async () => {
			await harness.end();
		});

		test('holds every file with its content, and every directory', async () => {
			const { target } = harness;
			await target.directory(['empty'], time);
			await target.directory(['a', 'b'], time);
			await restore(target, ['a', 'b', 'deep.txt'], bytes('deep'));
			await restore(target, ['top.bin'], bytes('top'));
			await restore(target, ['new', 'file.txt'], bytes('in a directory not made before'));
			await target.finish();
			expect(await harness.files()).toEqual(
				new Map([
					['a/b/deep.txt', bytes('deep')],
					['new/file.txt', bytes('in a directory not made before')],
					['top.bin', bytes('top')]
				])
			);
			const directories = await harness.directories();
			for (const path of ['empty', 'a/b']) expect(directories).toContain(path);
		});

		test('puts together what comes in pieces of any length', async () => {
			const content = new SeededRandom('pieces').bytes(3_500_000);
			const file = await harness.target.file(['big'], { size: content.length, modified: time });
			const lengths = [0, 1, 1_048_576, 7, 0, 1_500_000, 1_000_000];
			let offset = 0;
			for (const length of [...lengths, content.length]) {
				const piece = content.slice(offset, offset + length);
				await file.write(piece);
				// A target may not keep what it was given: the caller uses its buffer again.
				piece.fill(0);
				offset += length;
			}
			await file.close();
			await harness.target.finish();
			const restored = (await harness.files()).get('big');
			expect(restored && identical(restored, content)).toBe(true);
		});

		test('keeps empty files', async () => {
			await restore(harness.target, ['empty.txt'], bytes(''));
			await harness.target.finish();
			expect(await harness.files()).toEqual(new Map([['empty.txt', bytes('')]]));
		});

		test('keeps names in every script as they are', async () => {
			const names = ['Überblick.txt', '東京 予定.txt', 'الملف', 'ไฟล์', '👩‍🚀.png', 'é', '.hidden'];
			for (const name of names) await restore(harness.target, ['dir', name], bytes(name));
			const { renamed } = await harness.target.finish();
			expect(renamed).toEqual([]);
			const files = await harness.files();
			for (const name of names) expect(files.get(`dir/${name}`)).toEqual(bytes(name));
		});

		test('leaves nothing of a file that could not be completed', async () => {
			await restore(harness.target, ['before'], bytes('1'));
			const file = await harness.target.file(['broken'], { size: 3_000_000, modified: time });
			await file.write(new Uint8Array(2_000_000));
			await file.abort();
			await restore(harness.target, ['after'], bytes('2'));
			await harness.target.finish();
			expect(await harness.files()).toEqual(
				new Map([
					['after', bytes('2')],
					['before', bytes('1')]
				])
			);
		});

		test('restores a file that could not be completed the first time', async () => {
			const file = await harness.target.file(['file'], { size: 8, modified: time });
			await file.write(bytes('half'));
			await file.abort();
			expect(await harness.target.has(['file'], 8)).toBe(false);
			await restore(harness.target, ['file'], bytes('whole'));
			await harness.target.finish();
			expect(await harness.files()).toEqual(new Map([['file', bytes('whole')]]));
		});

		test('knows the files that are there whole', async () => {
			await restore(harness.target, ['dir', 'file'], bytes('12345'));
			expect(await harness.target.has(['dir', 'file'], 5)).toBe(true);
			expect(await harness.target.has(['dir', 'file'], 6)).toBe(false);
			expect(await harness.target.has(['dir', 'other'], 5)).toBe(false);
			await harness.target.finish();
		});

		test('keeps a tree of 60 levels', async () => {
			const path = Array.from({ length: 60 }, (_, i) => `level ${String(i)}`);
			await restore(harness.target, path, bytes('deep'));
			await harness.target.finish();
			expect(await harness.files()).toEqual(new Map([[path.join('/'), bytes('deep')]]));
		});

		test('goes on after it was given up, where it can', async ({ skip }) => {
			if (harness.again === undefined) return skip('this target starts anew');
			await restore(harness.target, ['dir', 'done'], bytes('done'));
			const file = await harness.target.file(['dir', 'half'], { size: 8, modified: time });
			await file.write(bytes('half'));
			await harness.target.abort('The page was closed.');
			harness = await harness.again();
			expect(await harness.target.has(['dir', 'done'], 4)).toBe(true);
			expect(await harness.target.has(['dir', 'half'], 8)).toBe(false);
			await restore(harness.target, ['dir', 'half'], bytes('now whole'));
			await harness.target.finish();
			expect((await harness.files()).get('dir/half')).toEqual(bytes('now whole'));
		});
	});
}

/** Restores one file in one piece. */
export async function restore(
	target: RestoreTarget,
	path: readonly string[],
	content: Uint8Array,
	modified = time
): Promise<void> {
	const file = await target.file(path, { size: content.length, modified });
	await file.write(content.slice());
	await file.close();
}

export function bytes(text: string): Uint8Array<ArrayBuffer> {
	return new TextEncoder().encode(text);
}
