/** A person whose machine is gone gets the files back: on an empty machine, from the words alone, by the real engine. */
import { Recovery } from '../../src/lib/engine/recovery.ts';
import type { Peer } from '../../src/lib/engine/peer.ts';
import { takeOver } from '../../src/lib/engine/take-over.ts';
import type { Unsubscribe } from '../../src/lib/engine/ports.ts';
import { MemoryRestoreTarget } from '../doubles/restore-target.ts';
import type { SyntheticFolder, Versions } from './files.ts';
import { Machine } from './machine.ts';
import type { World } from './world.ts';

export type RestoreOutcome =
	| { readonly kind: 'whole'; readonly files: number }
	| { readonly kind: 'failed'; readonly why: string };

const hourMs = 60 * 60_000;
const patienceHours = 72;

/**
 * An empty machine that knows only the words of another. It stands beside the population: it has no folder to back up and
 * no place in the calendar.
 */
export function emptyMachineOf(machine: Machine): Machine {
	const { world, folder, rootSecret } = machine;
	const hardware = { ...machine.hardware, machine: world.guestNumber() };
	const random = world.random.fork(`guest ${String(hardware.machine)}`);
	const empty = new Machine(world, { hardware, folder, rootSecret, random });
	empty.install(0, true);
	return empty;
}

/** The disk of a machine as it is now, in another machine that is off: started later, it is an old instance. */
export function imageOf(machine: Machine): Machine {
	const image = emptyMachineOf(machine);
	image.disk = machine.disk.image();
	return image;
}

/** Restores the newest snapshot on an empty machine and compares it with what was backed up. */
export async function restoreFromWords(machine: Machine): Promise<RestoreOutcome> {
	const empty = emptyMachineOf(machine);
	await empty.boot();
	const { peer } = empty;
	if (peer === undefined) return { kind: 'failed', why: 'the machine does not start' };
	const recovery = new Recovery(peer);
	recovery.search();
	try {
		const found = await within(machine.world, hourMs, (done) =>
			recovery.onChange(() => done(recovery.state.stage === 'browsing'))
		);
		if (!found) return { kind: 'failed', why: 'no head was found' };
		// The one committed last: system clocks may have been wrong.
		const newest = recovery.head?.secrets.snapshots.at(-1);
		if (newest === undefined) return { kind: 'failed', why: 'the head names no snapshot' };
		const target = new MemoryRestoreTarget();
		const report = await recovery.restore(newest.id, [], target);
		const [failed] = report.failed;
		if (failed !== undefined) return { kind: 'failed', why: `${failed.path}: ${failed.why}` };
		return compare(machine.folder, target, machine.lastBackup?.versions ?? new Map());
	} catch (error) {
		return { kind: 'failed', why: String(error) };
	} finally {
		recovery.stop();
		empty.retire();
	}
}

/** The person goes on with a new disk: finds the head, takes over, and starts anew as the owner. */
export async function moveToNewDisk(machine: Machine): Promise<boolean> {
	machine.crash();
	machine.disk.wipe();
	machine.moving = true;
	machine.install(0, true);
	await machine.boot();
	const { peer } = machine;
	if (peer === undefined) return false;
	const recovery = new Recovery(peer);
	recovery.search();
	const found = await within(machine.world, hourMs, (done) =>
		recovery.onChange(() => done(recovery.state.stage === 'browsing'))
	);
	const taken = found && (await takeOverInTime(machine, peer, recovery));
	machine.moving = false;
	recovery.stop();
	machine.shutDown();
	if (taken) machine.choosesItsFolder();
	else machine.disk.wipe();
	return taken;
}

/** Whoever is told that too few partners can be reached leaves the machine on and tries again. */
async function takeOverInTime(machine: Machine, peer: Peer, recovery: Recovery): Promise<boolean> {
	const { signal } = new AbortController();
	for (let hour = 0; hour < patienceHours; hour++) {
		if ((await takeOver(peer, recovery, false, signal)).kind === 'taken-over') return true;
		await within(machine.world, hourMs, () => () => undefined);
	}
	return false;
}

/** Every file that the backup had is there, in that version or a later one, with its very bytes. */
function compare(
	folder: SyntheticFolder,
	target: MemoryRestoreTarget,
	versions: Versions
): RestoreOutcome {
	for (const [path, version] of versions) {
		const restored = target.files.get(`${folder.name}/${path}`);
		if (restored === undefined) return { kind: 'failed', why: `${path} is missing` };
		const found = folder.versionOf(path, restored.bytes);
		if (found === undefined) return { kind: 'failed', why: `${path} has other bytes` };
		if (found < version) return { kind: 'failed', why: `${path} is of an older backup` };
	}
	return { kind: 'whole', files: target.files.size };
}

/** True as soon as the subject says so, false when that takes too long. */
function within(
	world: World,
	ms: number,
	listen: (done: (is: boolean) => void) => Unsubscribe
): Promise<boolean> {
	return new Promise((resolve) => {
		const timer = world.clock.after(ms, () => {
			unsubscribe();
			resolve(false);
		});
		const unsubscribe = listen((is) => {
			if (!is) return;
			world.clock.cancel(timer);
			unsubscribe();
			resolve(true);
		});
	});
}
