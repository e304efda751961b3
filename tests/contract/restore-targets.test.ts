import { ZipTarget } from '../../src/lib/adapters/folders/zip-target.ts';
import { MemoryRestoreTarget } from '../doubles/restore-target.ts';
import { MemoryZipSink } from '../doubles/zip-sink.ts';
import { restoreTargetContract, type RestoreTargetHarness } from './restore-targets.ts';
import { unzipped } from './unzipped.ts';

function inMemory(target = new MemoryRestoreTarget()): RestoreTargetHarness {
	return {
		target,
		files: () => {
			const files = [...target.files].sort(([a], [b]) => (a < b ? -1 : 1));
			return Promise.resolve(new Map(files.map(([path, { bytes }]) => [path, bytes])));
		},
		directories: () => Promise.resolve(new Set(target.directories.keys())),
		again: () => Promise.resolve(inMemory(target)),
		end: () => Promise.resolve()
	};
}

function inZip(): RestoreTargetHarness {
	const sink = new MemoryZipSink();
	return {
		target: new ZipTarget(sink),
		files: () => Promise.resolve(unzipped(sink.bytes).files),
		directories: () => Promise.resolve(unzipped(sink.bytes).directories),
		end: () => Promise.resolve()
	};
}

restoreTargetContract('in memory', () => Promise.resolve(inMemory()));
restoreTargetContract('zip, simulated disk', () => Promise.resolve(inZip()));
