/**
 * Names that a restored file can have. Chromium refuses more than the disk does (its IsSafePathComponent, the
 * same on every system), and a zip is unpacked on systems of which nothing is known here.
 */

export type EntryKind = 'file' | 'directory';

/** The longest name that common file systems take, in UTF-8. */
const nameBytesMax = 255;
/** While a file is written it has this ending more. */
const swapEndingBytes = '.crswap'.length;
/** Room for what is put before or behind a name to make it harmless. */
const spareBytes = 2;

// Control and format characters, except the two joiners that scripts and emoji need, and non-characters.
const refusedAnywhere = /[\p{Cc}"*/:<>?\\|\p{Noncharacter_Code_Point}]|(?![\u200c\u200d])\p{Cf}/gu;
const refusedAtStart = /^[\p{White_Space}~]+/u;
const refusedAtEnd = /[\p{White_Space}.~]+$/u;
// Windows takes these for devices, whatever their extension.
const deviceName =
	/^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(?=\.|$)/iu;
// Windows acts on these when a folder is only shown.
const shellName = /^(?:desktop\.ini|thumbs\.db)$|\.(?:lnk|url|scf|local|\{.*\})$/iu;

/** The name itself where a browser can write it, else one like it. Two names may become one: see `freeName`. */
export function safeName(name: string, kind: EntryKind): string {
	const bytesMax = kind === 'file' ? nameBytesMax - swapEndingBytes : nameBytesMax;
	const safe = harmless(name);
	return byteLength(safe) <= bytesMax ? safe : harmless(shortened(safe, bytesMax - spareBytes));
}

/** A name that every browser and system takes, for one that was refused though it is safe by our rules. */
export function plainName(name: string): string {
	const { stem, ending } = split(name.replace(/[^A-Za-z0-9._-]/gu, '_'));
	return safeName(`${stem}${ending.replace('.', '_')}_`, 'file');
}

/** The name itself where unpackers take it for one name in its directory, else one like it. */
export function zipName(name: string): string {
	const safe = name.toWellFormed().replace(/[\0/\\]/gu, '_');
	if (/^\.{0,2}$/u.test(safe)) return `${safe.replaceAll('.', '_')}_`;
	// Windows would unpack "C:" to where that drive is.
	return safe.replace(/^([A-Za-z]):/u, '$1_');
}

/** The first of `name`, `name (2)`, `name (3)` that is not taken, no longer than a name may be. */
export function freeName(
	name: string,
	kind: EntryKind,
	isTaken: (name: string) => boolean
): string {
	let free = name;
	for (let count = 2; isTaken(free); count++) free = numbered(name, kind, count);
	return free;
}

/** One key for all names that a disk without regard for case or normalisation takes for the same. */
export function foldedName(name: string): string {
	return name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}

function harmless(name: string): string {
	const safe = name
		.toWellFormed()
		.replace(refusedAnywhere, '_')
		.replace(refusedAtStart, underscores)
		.replace(refusedAtEnd, underscores);
	if (safe === '' || deviceName.test(safe)) return `_${safe}`;
	return shellName.test(safe) ? `${safe}_` : safe;
}

function underscores(refused: string): string {
	return '_'.repeat(refused.length);
}

function numbered(name: string, kind: EntryKind, count: number): string {
	const { stem, ending } = split(name);
	const bytesMax = kind === 'file' ? nameBytesMax - swapEndingBytes : nameBytesMax;
	const tail = ` (${String(count)})${ending}`;
	return cut(stem, bytesMax - byteLength(tail)) + tail;
}

/** Shortens the stem, so that the file still opens with its program. */
function shortened(name: string, bytesMax: number): string {
	const { stem, ending } = split(name);
	return cut(stem, bytesMax - byteLength(ending)) + ending;
}

function split(name: string): { readonly stem: string; readonly ending: string } {
	const dot = name.lastIndexOf('.');
	const ending = dot > 0 && name.length - dot <= 16 ? name.slice(dot) : '';
	return { stem: name.slice(0, name.length - ending.length), ending };
}

/** As many whole characters as have room. */
function cut(text: string, bytesMax: number): string {
	let bytes = 0;
	let kept = '';
	for (const character of text) {
		bytes += byteLength(character);
		if (bytes > bytesMax) break;
		kept += character;
	}
	return kept;
}

function byteLength(text: string): number {
	return new TextEncoder().encode(text).length;
}
