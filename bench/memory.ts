/**
 * Peak proportional set size of the owner's renderer process, which holds its page and all its workers, while a
 * folder of 4 GiB and one of 50,000 small files are backed up; and the second backup of the small files, against
 * the time that listing them takes. The 4 GiB shrink to a thirtieth, so that the link does not make it hours.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { backUp, lastBackup, longMs, withNeighbours, type Neighbours } from './neighbours.ts';
import type { Result } from './result.ts';

const MiB = 1024 * 1024;
const partners = 4;
const limitMiB = 400;
const largeBytes = Number(process.env['HOLDFAST_BENCH_MB'] ?? 4096) * MiB;
const largeFileBytes = 256 * MiB;
const smallFiles = Number(process.env['HOLDFAST_BENCH_FILES'] ?? 50_000);
const sampleMs = 250;

export default function run(): Promise<readonly Result[]> {
	return withNeighbours(partners, measure);
}

async function measure(neighbours: Neighbours): Promise<readonly Result[]> {
	const { owner, device, folder } = neighbours;
	const watch = new MemoryWatch(device.profile);
	const small = join(folder, 'small');
	fillSmall(small);
	const first = await watch.during(() => backUp(owner, small, 0));
	const again = await secondBackup(neighbours, first.value.summary.startedAt);
	const listMs = await listingMs(owner, small);
	const large = join(folder, 'large');
	fillLarge(large);
	const second = await watch.during(() => backUp(owner, large, again.startedAt));
	const againSeconds = (again.endedAt - again.startedAt) / 1000;
	if (again.newDataBytes !== 0 || again.wireBytes !== 0)
		throw new Error('unchanged files were sent');
	return [
		peak(`${smallFiles} small files`, first.peakMiB),
		peak(`${largeBytes / MiB} MiB`, second.peakMiB),
		{
			case: `second backup of ${smallFiles} unchanged files`,
			value: againSeconds,
			unit: 's',
			against: `listing them in the page ${(listMs / 1000).toFixed(1)} s`,
			ratio: againSeconds / (listMs / 1000)
		}
	];
}

function peak(what: string, mib: number): Result {
	return {
		case: `peak of the owner's renderer, ${what}`,
		value: mib,
		unit: 'MiB',
		against: `limit ${limitMiB} MiB`,
		ratio: mib / limitMiB
	};
}

async function secondBackup(
	{ owner }: Neighbours,
	after: number
): Promise<NonNullable<ReturnType<typeof lastBackup>>> {
	await owner.printSheet();
	await owner.visit('Home');
	await owner.page.getByRole('button', { name: 'Back up now' }).click();
	const state = await owner.until((s) => (lastBackup(s)?.startedAt ?? 0) > after, longMs);
	const summary = lastBackup(state);
	if (summary === undefined) throw new Error('no second backup');
	return summary;
}

/** What it takes this browser to list and stat the files, 16 at a time, doing nothing else with them. */
async function listingMs(owner: Neighbours['owner'], path: string): Promise<number> {
	await owner.page.evaluate(() => {
		document.addEventListener('dragover', (event) => event.preventDefault());
		document.addEventListener(
			'drop',
			(event) => {
				event.preventDefault();
				event.stopImmediatePropagation();
				const item = event.dataTransfer?.items[0];
				const handle = item?.getAsFileSystemHandle();
				(globalThis as { listing?: Promise<number> }).listing = (async () => {
					const start = performance.now();
					const directories = [(await handle) as FileSystemDirectoryHandle];
					const running = new Set<Promise<unknown>>();
					for (let next = directories.pop(); next !== undefined; next = directories.pop()) {
						for await (const entry of next.values()) {
							if (entry.kind === 'directory') {
								directories.push(entry);
								continue;
							}
							const stat: Promise<unknown> = entry
								.getFile()
								.then((): unknown => running.delete(stat));
							running.add(stat);
							if (running.size >= 16) await Promise.race(running);
						}
					}
					await Promise.all(running);
					return performance.now() - start;
				})();
			},
			{ capture: true }
		);
	});
	await owner.visit('Folders');
	await owner.dropFolder(path);
	const ms = await owner.page.evaluate(() => (globalThis as { listing?: Promise<number> }).listing);
	await owner.page.goto(owner.address);
	return ms ?? 0;
}

/** One directory each 500, like photo albums; some kilobytes each. */
function fillSmall(path: string): void {
	for (let i = 0; i < smallFiles; i++) {
		const album = join(path, `album-${Math.floor(i / 500)}`);
		if (i % 500 === 0) mkdirSync(album, { recursive: true });
		writeFileSync(join(album, `note-${i}.txt`), `note ${i} `.repeat(10 + (i % 200)));
	}
}

/** Lines that differ from file to file, so that nothing is deduplicated. */
function fillLarge(path: string): void {
	mkdirSync(path);
	const line = Buffer.alloc(MiB);
	for (let at = 0; at < largeBytes; at += largeFileBytes) {
		const name = join(path, `large-${at / largeFileBytes}.log`);
		writeFileSync(name, '');
		for (let offset = 0; offset < Math.min(largeFileBytes, largeBytes - at); offset += MiB) {
			for (let i = 0; i < MiB; i += 64)
				line.write(`${at + offset + i}`.padEnd(63, '.') + '\n', i, 'latin1');
			writeFileSync(name, line, { flag: 'a' });
		}
	}
}

/** Samples the renderer with the most memory among the processes of one browser profile. */
class MemoryWatch {
	readonly #profile: string;

	constructor(profile: string) {
		this.#profile = profile;
	}

	async during<T>(
		work: () => Promise<T>
	): Promise<{ readonly value: T; readonly peakMiB: number }> {
		let peakKiB = 0;
		const timer = setInterval(() => {
			peakKiB = Math.max(peakKiB, this.#pssKiB());
		}, sampleMs);
		try {
			return { value: await work(), peakMiB: peakKiB / 1024 };
		} finally {
			clearInterval(timer);
		}
	}

	#pssKiB(): number {
		return Math.max(0, ...this.#renderers().map(pssOf));
	}

	/** Renderers are grandchildren of the browser that has the profile on its command line. */
	#renderers(): readonly string[] {
		const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
		const browser = all.find((pid) => {
			const command = commandOf(pid);
			return command.includes(this.#profile) && !command.includes('--type=');
		});
		return all.filter((pid) => {
			return commandOf(pid).includes('--type=renderer') && ancestors(pid).includes(browser ?? '');
		});
	}
}

function commandOf(pid: string): string {
	return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
}

function ancestors(pid: string): readonly string[] {
	const line: string[] = [];
	for (let at = pid; at !== '' && at !== '0';) {
		at = /^PPid:\s+(\d+)/m.exec(read(`/proc/${at}/status`))?.[1] ?? '';
		line.push(at);
	}
	return line;
}

function pssOf(pid: string): number {
	return Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
}

/** Empty when the process has ended meanwhile. */
function read(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return '';
	}
}
