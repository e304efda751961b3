import { page, userEvent } from 'vitest/browser';
import { describe, expect, it } from 'vitest';
import { refusing } from '../../ui/fake-peer.ts';
import { states } from '../../ui/states.ts';
import { press } from './hands.ts';
import { show } from './shows.ts';

describe('Home', () => {
	it('answers the one question, and the ring says the same', async () => {
		show('/', 'safe');
		await expect
			.element(page.getByRole('heading', { level: 1 }))
			.toHaveTextContent('Your files are safe.');
		await expect
			.element(
				page.getByRole('group', {
					name: '8 partners: 8 hold their part. Any 4 of them may vanish without losing anything.'
				})
			)
			.toBeVisible();
	});

	it('reaches every segment of the ring by keyboard, and each opens its partner', async () => {
		const { ways } = show('/', 'safe');
		await expect.element(page.getByRole('link', { name: 'blue-heron holds 6.1 GB' })).toBeVisible();
		page.getByRole('button', { name: 'Back up now' }).element().focus();
		await userEvent.keyboard('{Tab}');
		await expect.element(page.getByRole('link', { name: 'blue-heron holds 6.1 GB' })).toHaveFocus();
		await userEvent.keyboard('{Tab}{Enter}');
		const partner = states.safe.partners[1];
		expect(ways).toEqual([`/partners?partner=${partner?.peer ?? ''}`]);
		await expect
			.element(page.getByTestId('partner').filter({ hasText: 'quiet-otter' }))
			.toHaveFocus();
	});

	it('shows progress that never runs backwards', async () => {
		const { peer } = show('/', 'firstBackup');
		const bar = page.getByRole('progressbar', { name: 'Backup' });
		await expect.element(bar).toHaveAttribute('value', '36');
		const { backup } = states.firstBackup;
		peer.show({ backup: { ...backup, progress: { ...backup.progress, bytesTotal: 90e9 } } });
		await expect.element(page.getByTestId('progress')).toHaveTextContent('of 90 GB');
		await expect.element(bar).toHaveAttribute('value', '36');
		await expect.poll(() => document.title).toBe('10 % · Holdfast');
	});

	it('shows what holds a backup up, in its three parts', async () => {
		show('/', 'waiting');
		await expect
			.element(page.getByTestId('problem'))
			.toHaveTextContent(
				'Only 1 of at least 2 partners is there. Nothing of this backup is protected yet. ' +
					'Your files are untouched. Leave Holdfast open: it goes on by itself when another partner comes.'
			);
	});

	it('says beside the button why a command was refused', async () => {
		show('/', 'safe', { answers: { backUpNow: refusing('A restore is running.') } });
		await press(page.getByRole('button', { name: 'Back up now' }));
		await expect
			.element(page.getByRole('alert').filter({ hasText: 'A restore is running.' }))
			.toHaveTextContent('A restore is running. Nothing is lost. Try something else.');
	});

	it('says that another tab runs the engine, and takes over', async () => {
		show('/', 'safe', { role: 'follower' });
		const button = page.getByRole('button', { name: 'Run it in this tab instead' });
		await press(button);
		await expect.element(button).not.toBeInTheDocument();
	});
});

describe('the frame', () => {
	it('begins with a skip link', async () => {
		show('/', 'safe');
		await expect.element(page.getByRole('heading', { level: 1 })).toBeVisible();
		await userEvent.keyboard('{Tab}');
		const skip = page.getByRole('link', { name: 'Skip to the content' });
		await expect.element(skip).toHaveFocus();
		await userEvent.keyboard('{Enter}');
		expect(document.activeElement?.tagName).toBe('MAIN');
	});

	it('focuses the new heading on navigation', async () => {
		await page.viewport(1280, 800);
		show('/', 'safe');
		await press(page.getByRole('link', { name: 'Partners', exact: true }));
		const heading = page.getByRole('heading', { level: 1, name: 'Partners' });
		await expect.element(heading).toHaveFocus();
	});

	it('closes the menu on Escape and gives the focus back', async () => {
		await page.viewport(390, 800);
		show('/', 'safe');
		const menu = page.getByRole('button', { name: 'Menu' });
		await press(menu);
		await expect.element(menu).toHaveAttribute('aria-expanded', 'true');
		await userEvent.keyboard('{Tab}{Escape}');
		await expect.element(menu).toHaveAttribute('aria-expanded', 'false');
		await expect.element(menu).toHaveFocus();
		await page.viewport(1280, 800);
	});

	it('leads an empty browser to the welcome page', async () => {
		const { ways } = show('/folders', 'new');
		await expect.element(page.getByRole('link', { name: 'Start protecting files' })).toBeVisible();
		expect(ways).toEqual(['/welcome']);
	});

	it.each([
		['fenced', 'Another machine has taken over this backup'],
		['broken', 'Holdfast cannot start here']
	] as const)('shows a peer that is %s instead of its pages', async (state, title) => {
		show('/folders', state);
		await expect.element(page.getByRole('heading', { level: 1 })).toHaveTextContent(title);
	});

	it('says all three parts of what broke', async () => {
		show('/', 'broken');
		const { what, means, todo } = states.broken.problem;
		await expect.element(page.getByTestId('problem')).toHaveTextContent(`${what} ${means} ${todo}`);
	});
});
