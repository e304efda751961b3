import { describe, expect, it } from 'vitest';
import {
	completionsOf,
	confirmationRandomBytes,
	readWords,
	wordsOf,
	wordsToConfirm
} from '../../../src/lib/engine/keys/words.ts';
import { SeededRandom } from '../../doubles/random.ts';
import vectors from '../../vectors/keys/words.json' with { type: 'json' };

const secret = new SeededRandom('words').bytes(32);
const words = wordsOf(secret);

describe('words of a root secret', () => {
	it.each(vectors)('are those of BIP39: $rootSecret', (vector) => {
		const rootSecret = Buffer.from(vector.rootSecret, 'hex');
		expect(wordsOf(rootSecret).join(' ')).toBe(vector.words);
		expect(Buffer.from(secretIn(vector.words))).toEqual(rootSecret);
	});

	it('are 24, and give the secret back', () => {
		expect(words).toHaveLength(24);
		expect(secretIn(words.join(' '))).toEqual(secret);
	});

	it('refuse a secret of another length', () => {
		expect(() => wordsOf(secret.subarray(1))).toThrow(RangeError);
	});
});

describe('reading words', () => {
	it.each([
		['capitals', words.join(' ').toUpperCase()],
		['spaces, tabs and line breaks', `  ${words.join(' \t\n ')}\n`],
		['commas', words.join(', ')],
		['numbers', words.map((word, i) => `${String(i + 1)}. ${word}`).join('\n')],
		['numbers without a space', words.map((word, i) => `${String(i + 1)})${word}`).join(' ')],
		['first four letters', words.map((word) => word.slice(0, 4)).join(' ')],
		['full-width letters', words.join(' ').replace(/[a-z]/gu, fullWidth)]
	])('forgives %s', (_, text) => {
		expect(secretIn(text)).toEqual(secret);
	});

	it('names the first word that is not of the list, and what it may have been', () => {
		const typed = [...words];
		typed[3] = 'abandn';
		expect(readWords(typed.join(' '))).toEqual({
			kind: 'unknown-word',
			index: 3,
			word: 'abandn',
			suggestions: ['abandon']
		});
	});

	it.each([
		['zoo', 'zoox'],
		['apple', 'aple'],
		['borrow', 'borow'],
		['trust', 'turst'],
		['wheel', 'whel']
	])('suggests %s for %s', (meant, typed) => {
		const reading = readWords(typed);
		expect(reading.kind === 'unknown-word' ? reading.suggestions : []).toContain(meant);
	});

	it('suggests nothing for what looks like no word', () => {
		expect(readWords('qqqqqqqq')).toMatchObject({ kind: 'unknown-word', suggestions: [] });
	});

	it('takes fewer than four letters for no beginning', () => {
		expect(readWords('aba')).toMatchObject({ kind: 'unknown-word', index: 0 });
	});

	it.each([0, 1, 23, 25])('says how many there are: %i', (have) => {
		const typed = [...words, ...words].slice(0, have).join(' ');
		expect(readWords(typed)).toEqual({ kind: 'count', have });
	});

	it('sees two words that changed places', () => {
		const [first = '', second = '', ...rest] = words;
		expect(readWords([second, first, ...rest].join(' '))).toEqual({ kind: 'checksum' });
	});

	it('looks at a bounded part of a long text', () => {
		expect(readWords('zoo '.repeat(1_000_000))).toEqual({ kind: 'count', have: 500 });
	});
});

describe('completing a word', () => {
	it('lists the words that begin so', () => {
		expect(completionsOf('Zo')).toEqual(['zone', 'zoo']);
		expect(completionsOf('')).toEqual([]);
	});
});

describe('words to confirm', () => {
	it('are three different ones in ascending order, from the randomness alone', () => {
		const random = new SeededRandom('confirm');
		const seen = new Set<number>();
		for (let round = 0; round < 200; round++) {
			const bytes = random.bytes(confirmationRandomBytes);
			const [a, b, c] = wordsToConfirm(bytes);
			expect(wordsToConfirm(bytes)).toEqual([a, b, c]);
			expect(a >= 0 && a < b && b < c && c < 24).toBe(true);
			for (const index of [a, b, c]) seen.add(index);
		}
		expect(seen.size).toBe(24);
	});
});

function secretIn(text: string): Uint8Array {
	const reading = readWords(text);
	if (reading.kind !== 'root-secret') throw new Error(JSON.stringify(reading));
	return reading.rootSecret;
}

function fullWidth(letter: string): string {
	return String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0);
}
