import { page, userEvent } from 'vitest/browser';
import { describe, expect, it } from 'vitest';
import { refusing, words } from '../../ui/fake-peer.ts';
import { press, write } from './hands.ts';
import { show } from './shows.ts';

describe('the recovery sheet', () => {
	it('holds words, code, partners, brokers, date and the four steps', async () => {
		show('/sheet', 'safe');
		const paper = page.getByTestId('paper');
		await expect.element(paper.getByTestId('word').nth(0)).toHaveTextContent('1 anchor');
		await expect.element(paper.getByTestId('word').nth(23)).toHaveTextContent('24 zebra');
		await expect.element(paper.getByRole('img', { name: /as a code to scan/ })).toBeVisible();
		for (const text of [
			'silver-reed',
			'wss://backup.example.org/broker',
			'22 November 2026',
			'Get files back'
		]) {
			await expect.element(paper).toHaveTextContent(text);
		}
		expect(paper.element().querySelectorAll('ol:not([aria-label]) > li')).toHaveLength(4);
	});

	it('draws the code in modules that print well', async () => {
		show('/sheet', 'safe');
		const code = page.getByTestId('paper').getByRole('img', { name: /as a code to scan/ });
		await expect.element(code).toBeVisible();
		const side = Number(code.element().getAttribute('viewBox')?.split(' ')[2]);
		// 45 mm over at most 81 modules: 0.55 mm each.
		expect(side).toBeLessThanOrEqual(81);
	});

	it('checks that the words still open the backup, and says so when they do not', async () => {
		const { peer } = show('/sheet', 'safe');
		await write(page.getByLabelText('Your 24 words').last(), words.join(' '));
		await press(page.getByRole('button', { name: 'Check it' }));
		await expect
			.element(page.getByTestId('sheet-check'))
			.toHaveTextContent('It opens your backup.');
		expect(peer.argumentsOf('recover')).toHaveLength(1);
	});

	it('says when the words are another peer’s', async () => {
		show('/sheet', 'safe', {
			answers: { recover: refusing('These are the words of another backup.') }
		});
		await write(page.getByLabelText('Your 24 words').last(), words.join(' '));
		await press(page.getByRole('button', { name: 'Check it' }));
		await expect
			.element(page.getByTestId('problem'))
			.toHaveTextContent('These are the words of another backup.');
		await expect.element(page.getByTestId('sheet-check')).toHaveTextContent('');
	});

	it('locks the file with a passphrase when one is given', async () => {
		const { peer } = show('/sheet', 'safe', {
			answers: { recoveryFile: refusing('The disk is full.') }
		});
		await write(page.getByLabelText('Passphrase (optional)'), 'sea shanty');
		await press(page.getByRole('button', { name: 'Save the recovery file' }));
		await expect.element(page.getByTestId('problem')).toHaveTextContent('The disk is full.');
		expect(peer.argumentsOf('recoveryFile')).toEqual([['sea shanty']]);
	});
});

describe('Settings', () => {
	it('changes the space and says so', async () => {
		const { peer } = show('/settings', 'full');
		await expect
			.element(page.getByTestId('problem'))
			.toHaveTextContent('The disk of this computer is full.');
		await write(page.getByLabelText('Space to lend, in GB'), '80.5');
		await press(page.getByRole('button', { name: 'Change the space' }));
		await expect.poll(() => peer.argumentsOf('setLending')).toEqual([[80.5e9]]);
	});

	it('refuses an address that is no broker’s', async () => {
		const { peer } = show('/settings', 'safe');
		await write(page.getByLabelText('Addresses, one a line'), 'https://backup.example.org');
		await press(page.getByRole('button', { name: 'Change the brokers' }));
		await expect
			.element(page.getByTestId('problem'))
			.toHaveTextContent('An address of a broker begins with ws:// or wss://.');
		expect(peer.argumentsOf('setBrokers')).toEqual([]);
	});

	it('lists STUN and TURN servers, and whose they are', async () => {
		const { peer } = show('/settings', 'safe');
		const list = page.getByRole('list', { name: 'STUN and TURN servers' });
		await expect
			.element(list)
			.toHaveTextContent('turn:backup.example.org (offered by your broker)');
		await expect
			.element(list)
			.toHaveTextContent('turn:turn.example.net:3478?transport=tcp (as marina)');
		await press(page.getByRole('button', { name: 'Remove stun:stun.example.net' }));
		expect(peer.argumentsOf('removeIceServer')).toEqual([['stun:stun.example.net']]);
		expect(list.getByRole('button').elements()).toHaveLength(2);
	});

	it('takes a TURN server with its user, and a STUN server without one', async () => {
		const { peer } = show('/settings', 'setUp');
		await expect
			.element(page.getByText('No server is used: neither you nor a broker of yours named one.'))
			.toBeVisible();
		const address = page.getByLabelText('Address of a STUN or TURN server');
		await write(address, 'stun:stun.example.net');
		expect(page.getByLabelText('Password').elements()).toEqual([]);
		await press(page.getByRole('button', { name: 'Add the server' }));
		await expect.element(address).toHaveValue('');
		await write(address, 'turn:turn.example.net');
		await write(page.getByLabelText('User', { exact: true }), 'marina');
		await write(page.getByLabelText('Password'), 'sea shanty');
		await press(page.getByRole('button', { name: 'Add the server' }));
		await expect
			.poll(() => peer.argumentsOf('addIceServer'))
			.toEqual([
				[{ url: 'stun:stun.example.net', username: '', credential: '' }],
				[{ url: 'turn:turn.example.net', username: 'marina', credential: 'sea shanty' }]
			]);
	});

	it('says why a server is not taken, and keeps what was typed', async () => {
		show('/settings', 'safe', {
			answers: { addIceServer: refusing('This is no address of a STUN or TURN server.') }
		});
		const address = page.getByLabelText('Address of a STUN or TURN server');
		await write(address, 'turn.example.net');
		await press(page.getByRole('button', { name: 'Add the server' }));
		await expect
			.element(page.getByTestId('problem'))
			.toHaveTextContent('This is no address of a STUN or TURN server.');
		await expect.element(address).toHaveValue('turn.example.net');
	});

	it('changes the appearance at once and by arrow keys', async () => {
		show('/settings', 'safe');
		await press(page.getByLabelText('Light'));
		expect(document.documentElement.dataset['appearance']).toBe('light');
		await userEvent.keyboard('{ArrowDown}');
		expect(document.documentElement.dataset['appearance']).toBe('dark');
		await press(page.getByLabelText('As the system'));
		expect(document.documentElement.dataset['appearance']).toBeUndefined();
	});

	it('erases only after naming what will be gone', async () => {
		const { peer } = show('/settings', 'safe');
		await press(page.getByRole('button', { name: 'Erase Holdfast here…' }));
		const dialog = page.getByRole('dialog');
		await expect.element(dialog).toHaveTextContent('31 GB that you hold for 8 partners');
		const erase = dialog.getByRole('button', { name: 'Erase everything here' });
		await expect.element(erase).toBeDisabled();
		await press(dialog.getByRole('checkbox'));
		await press(erase);
		expect(peer.argumentsOf('erase')).toEqual([[]]);
	});
});
