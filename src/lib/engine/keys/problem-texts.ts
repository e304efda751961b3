/**
 * What is wrong with words, codes, files and links, in sentences for the person: what happened, and what to do.
 * They name nothing secret but the word that she typed herself.
 */
import type { InvitationProblem } from '../partners/invitation.ts';
import type { RecoveryFileProblem } from './recovery-file.ts';
import type { CodeProblem } from './sheet.ts';
import { wordCount, type WordsProblem } from './words.ts';

/** One or two sentences about a list of words. */
export function tellWordsProblem(problem: WordsProblem): string {
	switch (problem.kind) {
		case 'unknown-word':
			return tellUnknownWord(problem.index, problem.word, problem.suggestions);
		case 'count':
			return tellCount(problem.have);
		case 'checksum':
			return (
				'Every word is a word of the list, but together they are nobody’s recovery words. ' +
				'One of them is another, or two changed places. Compare them with your sheet, one by one.'
			);
	}
}

/** One or two sentences about a recovery code. */
export function tellCodeProblem(problem: CodeProblem): string {
	switch (problem.kind) {
		case 'not-holdfast':
			return 'This code is not from a recovery sheet. The right one stands beside the 24 words.';
		case 'cut-short':
			return 'The end of this code is missing. Scan the whole square again, or type the 24 words.';
		case 'checksum':
			return 'This code was misread. Scan it again in better light, or type the 24 words.';
		case 'newer-version':
			return newer('recovery sheet', problem.version);
	}
}

/** One or two sentences about a recovery file. */
export function tellRecoveryFileProblem(problem: RecoveryFileProblem): string {
	switch (problem.kind) {
		case 'not-recovery-file':
			return 'This is not a recovery file. Its name ends in .holdfast-recovery.';
		case 'cut-short':
			return 'The end of this file is missing. Copy it once more, or type the 24 words from your sheet.';
		case 'damaged':
			return 'This file was changed or damaged. Use another copy, or the 24 words from your sheet.';
		case 'wrong-passphrase':
			return 'This passphrase does not open the file. The file itself is whole: try another one.';
		case 'newer-version':
			return newer('recovery file', problem.version);
	}
}

/** One or two sentences about an invitation link. */
export function tellInvitationProblem(problem: InvitationProblem): string {
	switch (problem.kind) {
		case 'not-invitation':
			return 'This is not an invitation. An invitation is a link with “#join=” in it.';
		case 'cut-short':
			return 'The end of this link is missing. Ask for it again, and copy all of it.';
		case 'checksum':
			return 'This link was changed on its way. Ask for it again.';
		case 'newer-version':
			return newer('invitation', problem.version);
	}
}

function tellUnknownWord(index: number, word: string, suggestions: readonly string[]): string {
	const said = `Word ${index + 1}, “${word}”, is not a word of the list.`;
	const [last, ...others] = [...suggestions].reverse().map((suggestion) => `“${suggestion}”`);
	if (last === undefined) return `${said} Compare it with your sheet.`;
	const choices = others.length === 0 ? last : `${others.reverse().join(', ')} or ${last}`;
	return `${said} Is it ${choices}?`;
}

function tellCount(have: number): string {
	if (have === 0) return `Type the ${wordCount} words from your sheet.`;
	const missing = wordCount - have;
	const words = (count: number): string => (count === 1 ? '1 word' : `${count} words`);
	return missing > 0
		? `These are ${words(have)}, and a sheet has ${wordCount}: ${words(missing)} to go.`
		: `These are ${words(have)}, and a sheet has ${wordCount}: ${words(-missing)} too many.`;
}

function newer(what: string, version: number): string {
	return `This ${what} is of version ${version}, made by a newer Holdfast. Reload the app to get the newest, and try again.`;
}
