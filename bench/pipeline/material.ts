/** What the pipeline is measured on: the same bytes in every run. */
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { SeededRandom } from '../../tests/doubles/random.ts';

/** Bytes that no codec shrinks. */
export function noise(length: number): Uint8Array<ArrayBuffer> {
	return new SeededRandom('noise').bytes(length);
}

/** Sentences of 2,048 words, the first of the list more often than the last: about a third is left of them. */
export function text(length: number): Uint8Array<ArrayBuffer> {
	const random = new SeededRandom('text');
	const bytes = new Uint8Array(length);
	const encoder = new TextEncoder();
	for (let at = 0; at < length;) {
		let paragraph = '';
		for (let i = 0; i < 200; i++) {
			const rank = Math.floor(wordlist.length ** (random.below(1_000_000) / 1_000_000));
			paragraph += `${wordlist[rank] ?? ''}${random.below(12) === 0 ? ',\n' : ' '}`;
		}
		at += encoder.encodeInto(paragraph, bytes.subarray(at)).written;
	}
	return bytes;
}
