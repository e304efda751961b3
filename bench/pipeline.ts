/**
 * The backup pipeline in Node, over memory for folders, records and partners: every stage alone, and a whole backup.
 * Then a second backup of 50,000 unchanged files against the bare listing of them. Run by `npm run bench -- pipeline`;
 * about two minutes.
 */
import { openDirectCoder } from '../src/lib/adapters/coder/direct.ts';
import { WebCryptoCiphers } from '../src/lib/adapters/platform/webcrypto-ciphers.ts';
import { backUp, type BackupContext } from '../src/lib/engine/archive/backup.ts';
import { ChunkIndex } from '../src/lib/engine/archive/index.ts';
import { defaultProfile, geometryFor } from '../src/lib/engine/coding/profile.ts';
import type { FolderId } from '../src/lib/engine/identifiers.ts';
import { deriveKeyring } from '../src/lib/engine/keys/keyring.ts';
import type { SourceDirectory } from '../src/lib/engine/ports.ts';
import { MemoryFolders } from '../tests/doubles/folders.ts';
import { SeededRandom } from '../tests/doubles/random.ts';
import { MemoryRecords } from '../tests/doubles/records.ts';
import { noise, text } from './pipeline/material.ts';
import { timeStages, type Workshop } from './pipeline/stages.ts';
import type { Result } from './result.ts';

const MiB = 1024 * 1024;
const materialBytes = 64 * MiB;
const rounds = 3;
const partners = 8;
const unchangedFiles = 50_000;
const folder = '0000000000000001' as FolderId;
const at = Date.UTC(2026, 0, 1);

export default async function run(): Promise<Result[]> {
	const coder = await openDirectCoder();
	const workshop: Workshop = {
		tools: {
			keyring: deriveKeyring(new Uint8Array(32)),
			ciphers: new WebCryptoCiphers(),
			coder,
			compressor: coder,
			prover: coder,
			random: new SeededRandom('pipeline')
		},
		profile: defaultProfile,
		geometry: geometryFor(partners)
	};
	return [
		...(await measure(workshop, 'incompressible', noise(materialBytes))),
		...(await measure(workshop, 'text', text(materialBytes))),
		await measureUnchanged(workshop)
	];
}

/** Medians of interleaved rounds; one before them warms up. */
async function measure(
	workshop: Workshop,
	name: string,
	material: Uint8Array<ArrayBuffer>
): Promise<Result[]> {
	const stages: ReadonlyMap<string, number>[] = [];
	const whole: number[] = [];
	for (let round = 0; round <= rounds; round++) {
		const times = await timeStages(workshop, material);
		const start = performance.now();
		await backUpOnce(workshop, material);
		if (round > 0) whole.push(performance.now() - start);
		if (round > 0) stages.push(times);
	}
	const names = [...(stages[0]?.keys() ?? [])];
	const medians = names.map((stage) => median(stages.map((times) => times.get(stage) ?? 0)));
	const sum = medians.reduce((total, ms) => total + ms, 0);
	const label = `${name}, ${String(material.length / MiB)} MiB`;
	return [
		...names.map((stage, i) =>
			speed(
				`${label}: ${stage}`,
				material.length,
				medians[i] ?? 0,
				'share of the time',
				(ms) => ms / sum
			)
		),
		// Without the second seal, which the distribution does while it sends.
		speed(
			`${label}: backup without links`,
			material.length,
			median(whole),
			'stages in turn',
			(ms) => sum / ms
		)
	];
}

function speed(
	name: string,
	bytes: number,
	ms: number,
	against: string,
	ratio: (ms: number) => number
): Result {
	return { case: name, value: bytes / 1e6 / (ms / 1000), unit: 'MB/s', against, ratio: ratio(ms) };
}

async function backUpOnce(workshop: Workshop, material: Uint8Array<ArrayBuffer>): Promise<void> {
	const folders = new MemoryFolders();
	folders.add(folder).file('material', material, at);
	await backUp(contextOf(workshop, folders));
}

async function measureUnchanged(workshop: Workshop): Promise<Result> {
	const folders = new MemoryFolders();
	const root = folders.add(folder);
	for (let i = 0; i < unchangedFiles; i++) {
		root.file(`${String(i % 500)}/${String(i)}.txt`, `the content of file ${String(i)}`, at);
	}
	let context = contextOf(workshop, folders, (snapshot, segments) => {
		context = { ...context, previous: snapshot, segments };
		return Promise.resolve();
	});
	await backUp(context);
	const times = { listing: [] as number[], backup: [] as number[] };
	for (let round = 0; round < rounds; round++) {
		let start = performance.now();
		await list(root);
		times.listing.push(performance.now() - start);
		start = performance.now();
		const report = await backUp(context);
		times.backup.push(performance.now() - start);
		if (report.newDataBytes + report.stripes > 0) throw new Error('something was sent');
	}
	const ms = median(times.backup);
	return {
		case: `second backup of ${String(unchangedFiles)} unchanged files`,
		value: unchangedFiles / (ms / 1000),
		unit: 'files/s',
		against: 'walk and stat in memory',
		ratio: median(times.listing) / ms
	};
}

async function list(directory: SourceDirectory): Promise<void> {
	for await (const entry of directory.entries()) {
		if (entry.kind === 'file') await entry.stat();
		else if (entry.kind === 'directory') await list(entry);
	}
}

function contextOf(
	{ tools, profile, geometry }: Workshop,
	folders: MemoryFolders,
	commit: BackupContext['commit'] = () => Promise.resolve()
): BackupContext {
	return {
		tools,
		clock: { now: () => performance.timeOrigin + performance.now() },
		records: new MemoryRecords(),
		folders,
		log: { write: () => undefined },
		index: new ChunkIndex(),
		profile,
		geometry: () => geometry,
		sink: {
			store: ({ blocks }) => Promise.resolve(blocks.map(() => undefined)),
			room: () => Promise.resolve()
		},
		segments: [],
		fetchChunk: () => Promise.reject(new Error('everything is in the cache')),
		folderRecords: [{ id: folder, name: 'folder', addedAt: 0, exclude: [] }],
		signal: new AbortController().signal,
		verifyAll: false,
		progress: () => undefined,
		commit
	};
}

function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
