import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { nameOf, type PeerId } from '../../../src/lib/engine/identifiers.ts';
import {
	type LockCost,
	lockRecoveryFile,
	readRecoveryFile,
	writeRecoveryFile
} from '../../../src/lib/engine/keys/recovery-file.ts';
import { recoverySheet } from '../../../src/lib/engine/keys/sheet.ts';
import { SeededRandom } from '../../doubles/random.ts';
import vectors from '../../vectors/keys/recovery-file.json' with { type: 'json' };

const cheap: LockCost = { memoryKiB: 16, passes: 1, lanes: 1 };
const random = new SeededRandom('recovery file');
const sheet = recoverySheet(random.bytes(32), {
	partners: [nameOf<PeerId>(random.bytes(32)), nameOf<PeerId>(random.bytes(32))],
	brokers: ['wss://broker.example/'],
	app: 'https://app.example/',
	circles: ['Familie Müller', '家族'],
	madeAt: Date.UTC(2026, 10, 22)
});
const plain = writeRecoveryFile(sheet);
const locked = await lockRecoveryFile(sheet, 'correct horse', random, cheap);

describe('a plain recovery file', () => {
	it('gives the sheet back', async () => {
		expect(await readRecoveryFile(plain)).toEqual({ kind: 'sheet', sheet });
	});

	it('says what it is to a person who opens it in an editor', () => {
		expect(plain.split('\n')[1]).toBe('\t"holdfast": "recovery file",');
		expect(plain).toContain(sheet.words.join(' '));
	});

	it('may be laid out anew, and may begin with a byte order mark', async () => {
		const compact = `\uFEFF${JSON.stringify(JSON.parse(plain))}\r\n`;
		expect(await readRecoveryFile(compact)).toEqual({ kind: 'sheet', sheet });
	});
});

describe('a locked recovery file', () => {
	it('says that it needs its passphrase', async () => {
		expect(await readRecoveryFile(locked)).toEqual({ kind: 'locked' });
	});

	it('opens with its passphrase', async () => {
		expect(await readRecoveryFile(locked, 'correct horse')).toEqual({ kind: 'sheet', sheet });
	});

	it('tells a wrong passphrase from damage', async () => {
		expect(await readRecoveryFile(locked, 'wrong horse')).toEqual({ kind: 'wrong-passphrase' });
		const damaged = locked.replace(/"sealed": "..../u, '"sealed": "AAAA');
		expect(await readRecoveryFile(damaged, 'correct horse')).toEqual({ kind: 'damaged' });
	});

	it('takes a passphrase however its letters were composed', async () => {
		const composed = await lockRecoveryFile(sheet, 'cr\u00E8me', random, cheap);
		expect(await readRecoveryFile(composed, 'cre\u0300me')).toEqual({ kind: 'sheet', sheet });
	});

	it('shows neither words nor partners nor the identity', () => {
		expect(locked).not.toContain(sheet.words.slice(0, 2).join(' '));
		expect(locked).not.toContain(sheet.identity);
		for (const partner of sheet.partners) expect(locked).not.toContain(partner);
	});

	it('names its cost, and is not read where that is beyond what a phone can give', async () => {
		expect(JSON.parse(locked)).toMatchObject({ lock: { kdf: 'argon2id', ...cheap } });
		const greedy = relocked({ memoryKiB: 1 << 20 });
		expect(await readRecoveryFile(greedy, 'correct horse')).toEqual({ kind: 'damaged' });
		expect(await readRecoveryFile(relocked({ passes: 2 }), 'correct horse')).toEqual({
			kind: 'wrong-passphrase'
		});
	});
});

describe('a bad recovery file', () => {
	it('is cut short, wherever it was cut', async () => {
		for (let length = 30; length < plain.length - 2; length += 7) {
			const reading = await readRecoveryFile(plain.slice(0, length));
			expect(reading).toEqual({ kind: 'cut-short' });
		}
	});

	it('is of a newer version, and says which', async () => {
		const newer = plain.replace('"version": 1', '"version": 7');
		expect(await readRecoveryFile(newer)).toEqual({ kind: 'newer-version', version: 7 });
	});

	it.each(['words', 'identity', 'app', 'brokers', 'partners', 'circles', 'madeAt', 'note'])(
		'is damaged where its %s changed',
		async (field) => {
			const at = plain.indexOf(`"${field}": `) + field.length + 6;
			const changed = `${plain.slice(0, at)}\\u0041${plain.slice(at + 1)}`;
			expect((await readRecoveryFile(changed)).kind).toBe('damaged');
		}
	);

	it('is damaged where the words are those of another peer', async () => {
		const other = recoverySheet(random.bytes(32), sheet);
		const mixed = writeRecoveryFile({ ...other, identity: sheet.identity });
		expect(await readRecoveryFile(mixed)).toEqual({ kind: 'damaged' });
	});

	it.each(['', '{}', 'hello', '{"holdfast": "invitation"}', '[1, 2]', '\0\0\0'])(
		'is none at all: %j',
		async (text) => {
			expect(await readRecoveryFile(text)).toEqual({ kind: 'not-recovery-file' });
		}
	);
});

describe('recovery files of the past', () => {
	it.each(vectors)('open: $about', async ({ file, passphrase, identity }) => {
		const reading = await readRecoveryFile(file, passphrase ?? undefined);
		expect(reading).toMatchObject({ kind: 'sheet', sheet: { identity } });
	});
});

interface LockedFile {
	readonly lock: object;
	readonly checksum: string;
}

/** The locked file with another cost and the checksum that belongs to it: what a forger can make. */
function relocked(cost: Partial<LockCost>): string {
	const { checksum: _, ...fields } = JSON.parse(locked) as LockedFile;
	const forged = { ...fields, lock: { ...fields.lock, ...cost } };
	const hash = createHash('sha256').update(`holdfast v1 recovery file\0${JSON.stringify(forged)}`);
	return JSON.stringify({ ...forged, checksum: hash.digest('hex').slice(0, 16) });
}
