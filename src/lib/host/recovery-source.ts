/** Reads the key that a person gives: words, code or file. Everything that is wrong with it is a Problem. */
import {
	tellCodeProblem,
	tellRecoveryFileProblem,
	tellWordsProblem
} from '../engine/keys/problem-texts.ts';
import { readRecoveryCode } from '../engine/keys/sheet.ts';
import { readWords } from '../engine/keys/words.ts';
import { refuse, type RecoverySource } from './api.ts';
import { problems } from './problems.ts';

/** Rejects with CommandRefused. */
export async function readSource(
	source: RecoverySource
): Promise<{ readonly rootSecret: Uint8Array; readonly brokers: readonly string[] }> {
	switch (source.kind) {
		case 'words': {
			const reading = readWords(source.text);
			if (reading.kind === 'root-secret') return { rootSecret: reading.rootSecret, brokers: [] };
			return refuse({ ...problems.wordsUnread, what: tellWordsProblem(reading) });
		}
		case 'code': {
			const reading = readRecoveryCode(source.text);
			if (reading.kind === 'code') return reading.code;
			return refuse({ ...problems.wordsUnread, what: tellCodeProblem(reading) });
		}
		case 'file': {
			const text = new TextDecoder().decode(source.bytes);
			const { readRecoveryFile } = await import('../engine/keys/recovery-file.ts');
			const reading = await readRecoveryFile(text, source.passphrase);
			if (reading.kind === 'sheet') return reading.sheet;
			if (reading.kind === 'locked') return refuse(problems.fileLocked);
			return refuse({ ...problems.wordsUnread, what: tellRecoveryFileProblem(reading) });
		}
	}
}
