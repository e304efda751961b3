/**
 * The root secret as 24 English words on paper, and back. BIP39 serves as a plain encoding with a checksum
 * of 8 bits; its slow seed derivation is not used, because the entropy itself is the root secret.
 */
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { keyBytes } from './keyring.ts';

/** How many words a root secret has. */
export const wordCount = 24;

/** No list that a person could have typed is longer; the rest of a longer text is not looked at. */
const textCharactersMax = 2000;

/** Every word of the list is told from all others by its first four letters. */
const prefixLetters = 4;

const suggestionsMax = 3;

/** What is wrong with a list of words; `index` counts from 0. Checked in this order. */
export type WordsProblem =
	| {
			readonly kind: 'unknown-word';
			readonly index: number;
			readonly word: string;
			/** Up to three words of the list that look like it, the likeliest first. */
			readonly suggestions: readonly string[];
	  }
	| { readonly kind: 'count'; readonly have: number }
	/** All are words of the list, but not these in this order. */
	| { readonly kind: 'checksum' };

export type WordsReading =
	{ readonly kind: 'root-secret'; readonly rootSecret: Uint8Array } | WordsProblem;

/** The 24 words of a 32-byte root secret. */
export function wordsOf(rootSecret: Uint8Array): readonly string[] {
	if (rootSecret.length !== keyBytes) {
		throw new RangeError(`root secret must be ${keyBytes} bytes, not ${rootSecret.length}`);
	}
	return entropyToMnemonic(rootSecret, wordlist).split(' ');
}

/**
 * Reads words as a person types or pastes them: any case, any white space or commas between them, numbered
 * or not, each shortened to no fewer than its first four letters.
 */
export function readWords(text: string): WordsReading {
	const typed = typedWords(text);
	const words: string[] = [];
	for (const [index, word] of typed.entries()) {
		const known = knownWord(word);
		if (known === undefined) {
			return { kind: 'unknown-word', index, word, suggestions: suggestionsFor(word) };
		}
		words.push(known);
	}
	if (words.length !== wordCount) return { kind: 'count', have: words.length };
	try {
		return { kind: 'root-secret', rootSecret: mnemonicToEntropy(words.join(' '), wordlist) };
	} catch {
		return { kind: 'checksum' };
	}
}

/** The word of the list that was meant: itself, or its beginning of four letters or more. */
export function knownWord(typed: string): string | undefined {
	const word = plainLetters(typed);
	if (wordlist.includes(word)) return word;
	if (word.length < prefixLetters) return undefined;
	return wordlist.find((candidate) => candidate.startsWith(word));
}

/** Words of the list that begin so, for completing a word while it is typed. */
export function completionsOf(beginning: string, limit = suggestionsMax): readonly string[] {
	const letters = plainLetters(beginning);
	if (letters === '') return [];
	return wordlist.filter((word) => word.startsWith(letters)).slice(0, limit);
}

/** Bytes of randomness that `wordsToConfirm` needs. */
export const confirmationRandomBytes = 12;

/** Three different indices in ascending order, for the person to show that she wrote the words down. */
export function wordsToConfirm(random: Uint8Array): readonly [number, number, number] {
	const indices = Array.from({ length: wordCount }, (_, index) => index);
	const view = new DataView(random.buffer, random.byteOffset, random.byteLength);
	const drawn = [0, 1, 2].map((draw) => {
		// 32 bits for at most 24 choices: the bias of the remainder is below one in 2^27.
		const [index = 0] = indices.splice(view.getUint32(4 * draw) % indices.length, 1);
		return index;
	});
	const [first = 0, second = 0, third = 0] = drawn.sort((a, b) => a - b);
	return [first, second, third];
}

function typedWords(text: string): readonly string[] {
	return text
		.slice(0, textCharactersMax)
		.split(/[\s,;]+/u)
		.map(plainLetters)
		.map((part) => part.replace(/^\d+[.):-]*/u, '').replace(/[.:"'’”]+$/u, ''))
		.filter((part) => /[\p{L}\p{N}]/u.test(part));
}

/** Full-width letters and accents that a keyboard slipped in do not count. */
function plainLetters(text: string): string {
	return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().trim();
}

function suggestionsFor(word: string): readonly string[] {
	const near = wordlist
		.map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
		.filter(({ distance }) => distance <= 2);
	// The sort is stable: among equals the order of the list stands.
	near.sort((a, b) => a.distance - b.distance);
	const likely = near.map(({ candidate }) => candidate);
	return [...new Set([...likely, ...completionsOf(word)])].slice(0, suggestionsMax);
}

/** Letters to insert, remove, replace or swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
	if (Math.abs(a.length - b.length) > 2) return 3;
	let before: number[] = [];
	let last = Array.from({ length: b.length + 1 }, (_, j) => j);
	for (let i = 1; i <= a.length; i++) {
		const row = [i];
		for (let j = 1; j <= b.length; j++) {
			row.push(cheapest(a, b, i, j, { before, last, row }));
		}
		before = last;
		last = row;
	}
	return last[b.length] ?? 0;
}

interface DistanceRows {
	readonly before: readonly number[];
	readonly last: readonly number[];
	readonly row: readonly number[];
}

function cheapest(a: string, b: string, i: number, j: number, rows: DistanceRows): number {
	const replace = (rows.last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
	const remove = (rows.last[j] ?? 0) + 1;
	const insert = (rows.row[j - 1] ?? 0) + 1;
	const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
	const swap = swapped ? (rows.before[j - 2] ?? 0) + 1 : Infinity;
	return Math.min(replace, remove, insert, swap);
}
