import { page, userEvent } from 'vitest/browser';
import { describe, expect, it } from 'vitest';
import { refusing, words } from '../../ui/fake-peer.ts';
import { press, write } from './hands.ts';
import { show } from './shows.ts';

describe('the first run', () => {
	it('names each wrong word beside its field and focuses the first', async () => {
		show('/start', 'wordsOpen');
		await press(page.getByRole('button', { name: 'I have written them down' }));
		await write(page.getByLabelText('Word 4'), words[3] ?? '');
		await write(page.getByLabelText('Word 12'), 'letter');
		await write(page.getByLabelText('Word 21'), 'violin');
		await press(page.getByRole('button', { name: 'Check the words' }));

		const wrong = page.getByLabelText('Word 12');
		await expect.element(wrong).toHaveFocus();
		await expect.element(wrong).toBeInvalid();
		await expect
			.element(wrong)
			.toHaveAccessibleDescription('▲ This is not word 12. Compare it with your paper.');
		await expect.element(page.getByLabelText('Word 4')).toBeValid();
		await expect
			.element(page.getByRole('alert').filter({ hasText: 'Words 12 and 21 are not' }))
			.toBeVisible();
	});

	it('goes on after a reload where it was left', async () => {
		show('/start', 'setUp');
		await expect
			.element(page.getByRole('heading', { level: 1 }))
			.toHaveTextContent('Choose your first folder');
		await press(page.getByRole('button', { name: '← Back' }));
		await expect
			.element(page.getByRole('heading', { level: 1 }))
			.toHaveTextContent('How much do you want to protect?');
	});

	it('says why an invitation was refused and stays where it is', async () => {
		show('/start', 'wordsOpen', {
			answers: { joinCircle: refusing('The end of this link is missing.') }
		});
		await press(page.getByRole('button', { name: 'I have written them down' }));
		for (const place of [3, 11, 20]) {
			await write(page.getByLabelText(`Word ${String(place + 1)}`), words[place] ?? '');
		}
		await press(page.getByRole('button', { name: 'Check the words' }));
		await press(page.getByLabelText('I have an invitation'));
		await write(page.getByLabelText('Invitation link'), 'https://backup.example.org/#join=AB');
		await press(page.getByRole('button', { name: 'Join this circle' }));
		await expect
			.element(page.getByTestId('problem'))
			.toHaveTextContent('The end of this link is missing. Nothing is lost. Try something else.');
	});

	// Last, because vitest finds its frame in Firefox only some time after the first test began.
	it('leads from words on paper to the first folder, by keyboard alone', async () => {
		const { peer } = show('/start', 'new');
		const heading = page.getByRole('heading', { level: 1 });
		await expect.element(heading).toHaveTextContent('First, take a sheet of paper');

		page.getByRole('button', { name: 'Show my 24 words' }).element().focus();
		await userEvent.keyboard('{Enter}');
		await expect.element(page.getByTestId('word').nth(23)).toHaveTextContent('24 zebra');

		page.getByRole('button', { name: 'I have written them down' }).element().focus();
		await userEvent.keyboard('{Enter}');
		await expect.element(heading).toHaveTextContent('Check three of them');
		await expect.element(heading).toHaveFocus();

		for (const place of [3, 11, 20]) {
			await userEvent.keyboard(`{Tab}${words[place] ?? ''}`);
		}
		await userEvent.keyboard('{Enter}');
		await expect.element(heading).toHaveTextContent('Who keeps your copies?');
		await expect.element(heading).toHaveFocus();

		await userEvent.keyboard('{Tab}{Tab}Harbour Street{Enter}');
		await expect.element(heading).toHaveTextContent('How much do you want to protect?');
		expect(peer.argumentsOf('createCircle')).toEqual([['Harbour Street']]);

		await write(page.getByLabelText('Size of your files, in GB'), '50');
		await expect
			.element(page.getByTestId('estimate'))
			.toHaveTextContent(
				'To protect 50 GB you lend 100 GB, and the first backup takes about 28 hours on this line.'
			);
		await write(page.getByLabelText('Partners you expect'), '3');
		await expect.element(page.getByTestId('estimate')).toHaveTextContent('you lend 150 GB');
		await expect
			.element(page.getByTestId('spread'))
			.toHaveTextContent(
				'With 3 partners everything is stored 3 times over, and any 2 of them may vanish.'
			);
		await write(page.getByLabelText('Partners you expect'), '8');
		await press(page.getByRole('button', { name: 'Lend 100 GB' }));
		await expect.element(heading).toHaveTextContent('Choose your first folder');
		expect(peer.argumentsOf('setLending')).toEqual([[100e9]]);
	});
});
