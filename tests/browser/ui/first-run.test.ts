import { page, userEvent } from 'vitest/browser';
import { describe, expect, it } from 'vitest';
import { refusing, words } from '../../ui/fake-peer.ts';
import { show } from './shows.ts';

describe('the first run', () => {
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

		await page.getByLabelText('Size of your files, in GB').fill('50');
		await expect
			.element(page.getByTestId('estimate'))
			.toHaveTextContent(
				'To protect 50 GB you lend 100 GB, and the first backup takes about 28 hours on this line.'
			);
		await page.getByRole('button', { name: 'Lend 100 GB' }).click();
		await expect.element(heading).toHaveTextContent('Choose your first folder');
		expect(peer.argumentsOf('setLending')).toEqual([[100e9]]);
	});

	it('names each wrong word beside its field and focuses the first', async () => {
		show('/start', 'wordsOpen');
		await page.getByRole('button', { name: 'I have written them down' }).click();
		await page.getByLabelText('Word 4').fill(words[3] ?? '');
		await page.getByLabelText('Word 12').fill('letter');
		await page.getByLabelText('Word 21').fill('violin');
		await page.getByRole('button', { name: 'Check the words' }).click();

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
		await page.getByRole('button', { name: '← Back' }).click();
		await expect
			.element(page.getByRole('heading', { level: 1 }))
			.toHaveTextContent('How much do you want to protect?');
	});

	it('says why an invitation was refused and stays where it is', async () => {
		show('/start', 'wordsOpen', {
			answers: { joinCircle: refusing('The end of this link is missing.') }
		});
		await page.getByRole('button', { name: 'I have written them down' }).click();
		for (const place of [3, 11, 20]) {
			await page.getByLabelText(`Word ${String(place + 1)}`).fill(words[place] ?? '');
		}
		await page.getByRole('button', { name: 'Check the words' }).click();
		await page.getByLabelText('I have an invitation').click();
		await page.getByLabelText('Invitation link').fill('https://backup.example.org/#join=AB');
		await page.getByRole('button', { name: 'Join this circle' }).click();
		await expect
			.element(page.getByTestId('problem'))
			.toHaveTextContent('The end of this link is missing. Nothing is lost. Try something else.');
	});
});
