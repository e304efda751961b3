import { page, userEvent } from 'vitest/browser';
import { describe, expect, it } from 'vitest';
import { refusing } from '../../ui/fake-peer.ts';
import { states } from '../../ui/states.ts';
import { press, write } from './hands.ts';
import { show } from './shows.ts';

describe('Folders', () => {
	it('says what is protected, what was left out and why', async () => {
		show('/folders', 'folderTrouble');
		const folder = page.getByTestId('folder').filter({ hasText: 'Documents' }).first();
		await press(folder.getByText('130 files left out'));
		await expect
			.element(page.getByText('it was written while it was read; it is tried again'))
			.toBeVisible();
		await expect.element(page.getByText('and 128 more.')).toBeVisible();
	});

	it('says what to do when something else than a folder is dropped', async () => {
		show('/folders', 'safe');
		const dropped = new DataTransfer();
		dropped.items.add('only text', 'text/plain');
		page
			.getByTestId('drop-zone')
			.element()
			.dispatchEvent(
				new DragEvent('drop', { dataTransfer: dropped, bubbles: true, cancelable: true })
			);
		await expect
			.element(page.getByTestId('problem'))
			.toHaveTextContent('What you dropped is not a folder.');
	});

	it('has a button beside the drop zone that says what the browser does next', async () => {
		show('/folders', 'safe');
		const button = page.getByRole('button', { name: 'Choose a folder…' });
		await expect
			.element(button)
			.toHaveAccessibleDescription(/Chrome will ask|This browser hands over/);
	});

	it('keeps exclude rules and says so', async () => {
		const { peer } = show('/folders', 'safe');
		await press(page.getByText('Rules: everything is protected').first());
		await write(page.getByLabelText('Leave out, one pattern a line').first(), '*.tmp\n\n  cache/ ');
		await press(page.getByRole('button', { name: 'Keep these rules' }).first());
		await expect
			.element(page.getByTestId('announcements'))
			.toHaveTextContent('2 rules for Photos kept.');
		expect(peer.argumentsOf('setExclude')).toEqual([
			[states.safe.folders[0]?.id, ['*.tmp', 'cache/']]
		]);
	});

	it('asks before a folder is removed; Escape keeps it and the focus returns', async () => {
		const { peer } = show('/folders', 'safe');
		const opener = page.getByRole('button', { name: 'Stop protecting Photos…' });
		await press(opener);
		await expect
			.element(page.getByRole('dialog', { name: 'Stop protecting Photos?' }))
			.toHaveTextContent('Later backups no longer hold its 18,204 files (21 GB).');
		await userEvent.keyboard('{Escape}');
		await expect.element(page.getByRole('dialog')).not.toBeInTheDocument();
		await expect.element(opener).toHaveFocus();
		expect(peer.argumentsOf('removeFolder')).toEqual([]);

		await press(opener);
		await press(page.getByRole('button', { name: 'Stop protecting', exact: true }));
		expect(peer.argumentsOf('removeFolder')).toEqual([[states.safe.folders[0]?.id]]);
	});
});

describe('Partners', () => {
	it('gives an invitation as link and as code', async () => {
		show('/partners', 'safe');
		await press(page.getByRole('button', { name: 'Invite somebody to Harbour Street' }));
		await expect
			.element(page.getByLabelText('Invitation link').first())
			.toHaveValue('https://backup.example.org/#join=AFC5XQ2LHN7OWEJ3R4TDKZMUVB6YGPSI2QX');
		await expect
			.element(page.getByRole('img', { name: 'The invitation link as a code to scan' }))
			.toBeVisible();
	});

	it('says what ending a partnership costs, in numbers', async () => {
		show('/partners', 'away', { answers: { endPartnership: refusing('Not now.') } });
		await press(page.getByRole('button', { name: 'End the partnership with amber-finch…' }));
		const dialog = page.getByRole('dialog');
		await expect
			.element(dialog)
			.toHaveTextContent('amber-finch gives up 6.1 GB of your sealed copies');
		await press(dialog.getByRole('button', { name: 'End the partnership' }));
		await expect.element(dialog.getByTestId('problem')).toHaveTextContent('Not now.');
	});
});
