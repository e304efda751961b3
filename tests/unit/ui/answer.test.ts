import { describe, expect, it } from 'vitest';
import { answer } from '../../../src/lib/ui/home/answer.ts';
import { safe, states } from '../../ui/states.ts';

const now = Date.now();

describe('the answer on Home', () => {
	it('says that files are safe and how many partners may vanish', () => {
		expect(answer(states.safe, now)).toMatchObject({
			tone: 'good',
			sentence: 'Your files are safe.',
			more: 'Any 4 of your 8 partners may vanish. 21,736 files are fully protected.',
			action: { kind: 'back up' }
		});
	});

	it('does not call an old backup safe without a remark', () => {
		const said = answer(safe, now + 9 * 86_400_000);
		expect(said.tone).toBe('warning');
		expect(said.more).toContain('The last backup was 9 days ago');
	});

	it('promises nothing before the first backup is there', () => {
		expect(answer(states.firstBackup, now).sentence).toBe('Your first backup is on its way.');
		expect(answer(states.setUp, now).sentence).toBe('Nothing is protected yet.');
		expect(answer(states.partly, now).sentence).toBe('Part of your files is safe.');
	});

	it('names the one next step that matters most', () => {
		expect(answer(states.wordsOpen, now).action).toMatchObject({ path: '/start' });
		expect(answer(states.setUp, now).action).toMatchObject({ path: '/folders' });
		expect(answer(states.folderTrouble, now).action).toMatchObject({ kind: 'reopen' });
		expect(answer(states.firstBackup, now).action).toBeUndefined();
	});

	it('says which folders cannot be read', () => {
		expect(answer(states.folderTrouble, now).more).toContain(
			'Holdfast may not read Photos and Tax and insurance just now.'
		);
	});

	it('says that all partners are needed when none may vanish', () => {
		const bare = { ...safe, protection: { ...safe.protection, survivable: 0, holders: 4 } };
		expect(answer(bare, now).more).toContain('All of your 4 partners are needed');
	});
});
