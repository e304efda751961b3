/** Rots one block on a partner's disk: its browser must be switched off. */
import { closeSync, openSync, readdirSync, readSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Where in the first block a bit is flipped: behind the record's header, inside the sealed bytes. */
const rotAt = 1_000;
/** Packs begin with a block record; nothing else in the profile does. */
const magic = Buffer.from('HFB1', 'latin1');

/** Flips a bit of the first block of the first pack below a profile folder. Resolves to the pack's path. */
export function rotBlock(profile: string): string {
	for (const path of filesBelow(profile)) {
		if (statSync(path).size < rotAt) continue;
		const file = openSync(path, 'r+');
		try {
			const head = Buffer.alloc(magic.length);
			readSync(file, head, 0, head.length, 0);
			if (!head.equals(magic)) continue;
			const byte = Buffer.alloc(1);
			readSync(file, byte, 0, 1, rotAt);
			writeSync(file, Buffer.of((byte[0] ?? 0) ^ 1), 0, 1, rotAt);
			return path;
		} finally {
			closeSync(file);
		}
	}
	throw new Error('there is no block in this profile');
}

function* filesBelow(folder: string): Generator<string> {
	for (const entry of readdirSync(folder, { withFileTypes: true })) {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) yield* filesBelow(path);
		else if (entry.isFile()) yield path;
	}
}
