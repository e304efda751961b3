import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
	foldedName,
	freeName,
	plainName,
	safeName,
	zipName
} from '../../../src/lib/adapters/folders/names.ts';
import { PathNames } from '../../../src/lib/adapters/folders/path-names.ts';

/** Names that real disks have, and names made of what platforms stumble over. */
const wildName = fc.oneof(
	fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }),
	fc.string({
		unit: fc.constantFrom(...Array.from(' .~:?\\/"*<>|\n\u007f\u200dcon.LNKprn1aé東👩\ud800{}$')),
		minLength: 1,
		maxLength: 300
	}),
	fc.constantFrom('CON', 'aux.txt', 'COM1.tar.gz', '..', '.', 'a.lnk', 'Thumbs.db', 'x'.repeat(255))
);
const kind = fc.constantFrom('file', 'directory');

function utf8Bytes(name: string): number {
	return new TextEncoder().encode(name).length;
}

/** The rules of Chromium's IsSafePathComponent, as far as they could be observed, said the other way round. */
function isRefused(name: string): boolean {
	if (name === '' || !name.isWellFormed()) return true;
	if (/[\p{Cc}:?\\/"*<>|]/u.test(name) || /^[ ~]|[ .~]$/u.test(name)) return true;
	const stem = (name.split('.')[0] ?? '').toUpperCase();
	if (['CON', 'PRN', 'AUX', 'NUL'].includes(stem) || /^(COM|LPT)\d$/u.test(stem)) return true;
	const lower = name.toLowerCase();
	if (['desktop.ini', 'thumbs.db'].includes(lower)) return true;
	return ['.lnk', '.url', '.scf'].some((ending) => lower.endsWith(ending));
}

describe('names for a folder', () => {
	test('are never refused, and have room for the ending of a file that is being written', () => {
		fc.assert(
			fc.property(wildName, kind, (name, of) => {
				const safe = safeName(name, of);
				expect(isRefused(safe), JSON.stringify(safe)).toBe(false);
				expect(utf8Bytes(safe)).toBeLessThanOrEqual(of === 'file' ? 255 - 7 : 255);
			})
		);
	});

	test('stay as they are once they are safe', () => {
		fc.assert(
			fc.property(wildName, kind, (name, of) => {
				const safe = safeName(name, of);
				expect(safeName(safe, of)).toBe(safe);
			})
		);
	});

	test.for([
		['report: final?.txt', 'report_ final_.txt'],
		['CON', '_CON'],
		['aux.tar.gz', '_aux.tar.gz'],
		['console.log', 'console.log'],
		['Thumbs.db', 'Thumbs.db_'],
		['link.LNK', 'link.LNK_'],
		['.. ', '___'],
		[' ~draft~', '__draft_'],
		['end.', 'end_'],
		['.hidden', '.hidden'],
		['👩‍🚀.png', '👩‍🚀.png'],
		['soft\u00adhyphen', 'soft_hyphen'],
		['lone\ud800', 'lone\ufffd']
	] as const)('%j becomes %j', ([name, safe]) => {
		expect(safeName(name, 'file')).toBe(safe);
	});

	test('of 255 bytes lose some of their stem, and whole characters only', () => {
		const safe = safeName('é'.repeat(125) + 'x.jpg', 'file');
		expect(safe).toBe('é'.repeat(121) + '.jpg');
		expect(safeName('d'.repeat(255), 'directory')).toBe('d'.repeat(255));
	});

	test('are plain letters when even the safe one was refused', () => {
		fc.assert(
			fc.property(wildName, (name) => {
				const plain = plainName(safeName(name, 'file'));
				expect(plain).toMatch(/^[A-Za-z0-9._-]+_$/u);
				expect(utf8Bytes(plain)).toBeLessThanOrEqual(248);
			})
		);
		expect(plainName('settings.ini')).toBe('settings_ini_');
	});

	test('count up to one that is free, within the length', () => {
		const taken = new Set(['a.txt', 'a (2).txt']);
		expect(freeName('a.txt', 'file', (name) => taken.has(name))).toBe('a (3).txt');
		const long = `${'x'.repeat(244)}.txt`;
		const free = freeName(long, 'file', (name) => name === long);
		expect(free).toBe(`${'x'.repeat(240)} (2).txt`);
	});

	test('fold to one key where a disk takes them for the same', () => {
		expect(foldedName('Ä.TXT')).toBe(foldedName('a\u0308.txt'));
		expect(foldedName('a')).not.toBe(foldedName('b'));
	});
});

describe('names for a zip', () => {
	test('never lead out of the folder that it is unpacked to', () => {
		fc.assert(
			fc.property(wildName, (name) => {
				const safe = zipName(name);
				expect(safe).not.toMatch(/[\\/\0]|^\.{0,2}$|^[A-Za-z]:/u);
				expect(zipName(safe)).toBe(safe);
			})
		);
	});

	test('keep what only some systems refuse', () => {
		for (const name of ['ab:c?', 'CON', 'end.', 'x.lnk', '...', 'é'.repeat(127)]) {
			expect(zipName(name)).toBe(name);
		}
	});
});

describe('paths in a target', () => {
	const paths = fc.array(fc.array(wildName, { minLength: 1, maxLength: 3 }), { maxLength: 30 });
	const rules = { safe: safeName, key: foldedName };

	test('are different for different originals, and the same each time', () => {
		fc.assert(
			fc.property(paths, (originals) => {
				const names = new PathNames(rules);
				const given = new Map<string, string>();
				for (const path of originals) {
					const to = names.pathOf(path, 'file').map(foldedName).join('/');
					const from = JSON.stringify(path);
					expect(given.get(to) ?? from).toBe(from);
					given.set(to, from);
					expect(names.pathOf(path, 'file').map(foldedName).join('/')).toBe(to);
				}
			})
		);
	});

	test('list what changed, once, and where it is', () => {
		const names = new PathNames(rules);
		names.pathOf(['a:', 'x.txt'], 'file');
		names.pathOf(['a:', 'X.TXT'], 'file');
		names.pathOf(['a:', 'y.txt'], 'file');
		expect(names.renamed).toEqual([
			{ from: 'a:', to: 'a_' },
			{ from: 'a:/X.TXT', to: 'a_/X (2).TXT' }
		]);
	});

	test('take another name when the target refuses the first', () => {
		const names = new PathNames(rules);
		names.pathOf(['dir', 'run.exe'], 'file');
		expect(names.rename(['dir', 'run.exe'], 'file', 'run_exe_')).toEqual(['dir', 'run_exe_']);
		expect(names.pathOf(['dir', 'run.exe'], 'file')).toEqual(['dir', 'run_exe_']);
		expect(names.renamed).toEqual([{ from: 'dir/run.exe', to: 'dir/run_exe_' }]);
	});
});
