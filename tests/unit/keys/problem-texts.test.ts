import { describe, expect, it } from 'vitest';
import {
	tellCodeProblem,
	tellInvitationProblem,
	tellRecoveryFileProblem,
	tellWordsProblem
} from '../../../src/lib/engine/keys/problem-texts.ts';

describe('what is wrong with words', () => {
	it('names the word, its place and what it may have been', () => {
		const problem = { kind: 'unknown-word', index: 3, word: 'wheal' } as const;
		expect(tellWordsProblem({ ...problem, suggestions: [] })).toBe(
			'Word 4, “wheal”, is not a word of the list. Compare it with your sheet.'
		);
		expect(tellWordsProblem({ ...problem, suggestions: ['wheel'] })).toBe(
			'Word 4, “wheal”, is not a word of the list. Is it “wheel”?'
		);
		expect(tellWordsProblem({ ...problem, suggestions: ['wheel', 'wheat', 'heal'] })).toBe(
			'Word 4, “wheal”, is not a word of the list. Is it “wheel”, “wheat” or “heal”?'
		);
	});

	it.each([
		[0, 'Type the 24 words from your sheet.'],
		[1, 'These are 1 word, and a sheet has 24: 23 words to go.'],
		[23, 'These are 23 words, and a sheet has 24: 1 word to go.'],
		[26, 'These are 26 words, and a sheet has 24: 2 words too many.']
	])('counts them: %i', (have, text) => {
		expect(tellWordsProblem({ kind: 'count', have })).toBe(text);
	});
});

describe('every problem', () => {
	it('has a text of its own that says what to do', () => {
		const texts = [
			tellWordsProblem({ kind: 'checksum' }),
			...(['not-holdfast', 'cut-short', 'checksum'] as const).map((kind) =>
				tellCodeProblem({ kind })
			),
			...(['not-recovery-file', 'cut-short', 'damaged', 'wrong-passphrase'] as const).map((kind) =>
				tellRecoveryFileProblem({ kind })
			),
			...(['not-invitation', 'cut-short', 'checksum'] as const).map((kind) =>
				tellInvitationProblem({ kind })
			),
			tellCodeProblem({ kind: 'newer-version', version: 2 }),
			tellRecoveryFileProblem({ kind: 'newer-version', version: 2 }),
			tellInvitationProblem({ kind: 'newer-version', version: 2 })
		];
		expect(new Set(texts).size).toBe(texts.length);
		for (const text of texts) expect(text).toMatch(/^[A-Z][^!]+\.$/u);
	});
});
