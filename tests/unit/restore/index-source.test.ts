import { describe, expect, it } from 'vitest';
import type { SegmentEntry } from '../../../src/lib/engine/archive/segment.ts';
import type { IndexProgress } from '../../../src/lib/engine/restore/index-source.ts';
import { type RestoreSource, sourceFromPartners } from '../../../src/lib/engine/restore/source.ts';
import { mixedBytes } from '../coding/tools.ts';
import { HeldBackup } from './held-backup.ts';
import { gone, silent } from './holders.ts';

describe('the index', () => {
	it('is read from the segments alone', async () => {
		const backup = await held();
		const { source, progress, heard } = await open(backup);
		expect(source).toMatchObject({ lostSegments: 0, lostStripes: 0 });
		expect(progress.map(({ stage }) => stage)).toEqual(['segments', 'segments']);
		expect(heard).toHaveLength(backup.stripes.length);
		const blocks = backup.partners.reduce((sum, partner) => sum + partner.times('get-block'), 0);
		const segments = new Set(backup.segments.flat().map(({ stripe }) => stripe));
		expect(blocks).toBe(backup.full.m * segments.size);
		await expectWhole(backup, source);
	});

	it('is read from every stripe when a segment is lost', async () => {
		const backup = await held();
		const lost = backup.segments[0]?.map(({ stripe }) => stripe) ?? [];
		backup.lose(lost, [0, 1, 2]);
		const { source, progress, heard } = await open(backup);
		expect(source.lostSegments).toBe(1);
		expect(source.lostStripes).toBe(lost.length);
		expect(progress.filter(({ stage }) => stage === 'stripes').length).toBeGreaterThan(3);
		expect(new Set(heard.map(({ payloadHash }) => payloadHash)).size).toBe(heard.length);
		await expectWhole(backup, source);
	});

	it('is whole as well when every segment is lost', async () => {
		const backup = await held();
		const lost = backup.segments.flat().map(({ stripe }) => stripe);
		backup.lose(lost, [0, 1, 2]);
		const { source } = await open(backup);
		expect(source.lostSegments).toBe(2);
		await expectWhole(backup, source);
	});

	it('does not wait for partners that never list their shelves', async () => {
		const backup = await held();
		backup.manner(0, 2, silent);
		const { source } = await open(backup);
		await expectWhole(backup, source);
	});

	it('is empty, and no exception, when nobody is there; and says who is missing', async () => {
		const backup = await held();
		backup.manner(0, 5, gone);
		const { source } = await open(backup);
		expect(source.lostSegments).toBe(2);
		backup.holders.change(backup.partners.slice(1));
		expect(source.missingPartners()).toEqual([backup.partners[0]?.peer]);
	});

	it('stops with the signal', async () => {
		const backup = await held();
		backup.manner(0, 5, (request, honest) =>
			request.type === 'get-block' ? silent(request, honest) : Promise.resolve(honest())
		);
		const abort = new AbortController();
		const { tools, clock, holders, newest: head } = backup;
		const work = sourceFromPartners({ tools, clock, holders, head, signal: abort.signal });
		await clock.advance(0);
		abort.abort(new Error('enough'));
		await expect(work).rejects.toThrow('enough');
	});
});

const files = { 'a.bin': mixedBytes(9_000, 'a'), folder: { 'b.bin': mixedBytes(7_000, 'b') } };
const later = { ...files, 'c.bin': mixedBytes(8_000, 'c') };

async function held(): Promise<HeldBackup> {
	const backup = new HeldBackup();
	await backup.snapshot(files);
	await backup.snapshot(later);
	return backup;
}

async function open(
	backup: HeldBackup
): Promise<{ source: RestoreSource; progress: IndexProgress[]; heard: SegmentEntry[] }> {
	const progress: IndexProgress[] = [];
	const heard: SegmentEntry[] = [];
	const { tools, clock, holders, newest: head } = backup;
	const source = await backup.drive(
		sourceFromPartners({
			tools,
			clock,
			holders,
			head,
			progress: (now) => progress.push(now),
			onStripe: (entry) => heard.push(entry)
		})
	);
	return { source, progress, heard };
}

/** Both snapshots can be walked, and every chunk of theirs is located. */
async function expectWhole(backup: HeldBackup, source: RestoreSource): Promise<void> {
	const paths: string[] = [];
	const walk = async (): Promise<void> => {
		for (const { id } of backup.snapshots) {
			for await (const step of source.browser.walk(id, [])) {
				paths.push(`${step.kind} ${step.path.join('/')}`);
				if (step.kind !== 'file') continue;
				for (const chunk of step.entry.chunks) expect(source.chunks.locate(chunk)).toBeDefined();
			}
		}
	};
	await backup.drive(walk());
	expect(paths).toEqual([
		...['file a.bin', 'directory folder', 'file folder/b.bin'],
		...['file a.bin', 'file c.bin', 'directory folder', 'file folder/b.bin']
	]);
}
