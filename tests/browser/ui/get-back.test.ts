import { page, userEvent } from 'vitest/browser';
import { encodeQR } from 'qr';
import { describe, expect, it } from 'vitest';
import { refusing, words } from '../../ui/fake-peer.ts';
import { safe, states } from '../../ui/states.ts';
import { give, press, write } from './hands.ts';
import { show } from './shows.ts';

describe('Get back, on an empty browser', () => {
	it('takes the words however they were copied', async () => {
		const { peer } = show('/get-back', 'new');
		const copied = words.map((word, index) => `${String(index + 1)}. ${word}`).join('\n');
		await write(page.getByLabelText('Your 24 words'), copied);
		await press(page.getByRole('button', { name: 'Find my files' }));
		expect(peer.argumentsOf('recover')).toEqual([[{ kind: 'words', text: words.join(' ') }]]);
	});

	it('counts the words before it asks the engine', async () => {
		const { peer } = show('/get-back', 'new');
		await write(page.getByLabelText('Your 24 words'), 'anchor basket');
		await expect.element(page.getByText('2 of 24 so far')).toBeVisible();
		await press(page.getByRole('button', { name: 'Find my files' }));
		await expect
			.element(page.getByTestId('problem'))
			.toHaveTextContent('A recovery sheet has 24 words.');
		expect(peer.argumentsOf('recover')).toEqual([]);
	});

	it('says what is wrong with a recovery file', async () => {
		const { peer } = show('/get-back', 'new', {
			answers: { recover: refusing('The end of this file is missing.') }
		});
		await press(page.getByLabelText('The recovery file'));
		await give(
			page.getByLabelText('Recovery file', { exact: true }),
			new File([new Uint8Array([7, 8])], 'green-harbour.holdfast-recovery')
		);
		await write(page.getByLabelText('Passphrase'), 'sea shanty');
		await press(page.getByRole('button', { name: 'Find my files' }));
		await expect
			.element(page.getByTestId('problem'))
			.toHaveTextContent('The end of this file is missing. Nothing is lost. Try something else.');
		expect(peer.argumentsOf('recover')).toEqual([
			[{ kind: 'file', bytes: new Uint8Array([7, 8]), passphrase: 'sea shanty' }]
		]);
	});

	it('reads the code from a picture of the sheet', async () => {
		const { peer } = show('/get-back', 'new');
		await press(page.getByLabelText('The code'));
		const text = `HOLDFAST:${'ABCDEFGH234567'.repeat(12)}`;
		await give(page.getByLabelText('Or a picture of it'), await picture(text));
		await expect
			.poll(() => peer.argumentsOf('recover'), { timeout: 30_000 })
			.toEqual([[{ kind: 'code', text }]]);
	});

	it('says so when there is no code in the picture', async () => {
		show('/get-back', 'new');
		await press(page.getByLabelText('The code'));
		await give(page.getByLabelText('Or a picture of it'), new File(['no'], 'photo.png'));
		await expect
			.element(page.getByTestId('problem'))
			.toHaveTextContent('There is no readable code in this picture.');
	});

	it('says how the search goes, and what is in its way', async () => {
		const { peer } = show('/get-back', 'searchingTrouble');
		await expect
			.element(page.getByTestId('problem'))
			.toHaveTextContent('No broker can be reached.');
		peer.show({ restore: { stage: 'searching', partnersFound: 3, partnersKnown: 8 } });
		await expect.element(page.getByText('3 of 8 partners found so far.')).toBeVisible();
	});
});

describe('Get back, with snapshots to look into', () => {
	it('opens by itself on the machine that made the backup', async () => {
		const { peer } = show('/get-back', 'safe');
		await expect.poll(() => peer.argumentsOf('openRestore')).toEqual([[]]);
	});

	it('walks the tree and gets back what was ticked, as one zip', async () => {
		const { peer } = show('/get-back', 'browsing');
		await press(page.getByRole('button', { name: /^▸? ?Photos/ }));
		await press(page.getByLabelText('Get back beach.jpg'));
		await press(page.getByLabelText('Get back 2025'));
		await press(page.getByRole('button', { name: /2025/ }));
		await expect.element(page.getByLabelText('Get back snow.jpg')).toBeChecked();
		await expect.element(page.getByLabelText('Get back snow.jpg')).toBeDisabled();
		await expect
			.element(page.getByRole('heading', { level: 2, name: 'Get back what you ticked (2 items)' }))
			.toBeVisible();
		await press(page.getByRole('button', { name: 'As one zip' }));
		expect(peer.argumentsOf('restore')).toEqual([
			[
				safe.snapshots[0]?.id,
				[
					['Photos', 'beach.jpg'],
					['Photos', '2025']
				],
				{ kind: 'zip' }
			]
		]);
	});

	it('finds a file by its name', async () => {
		show('/get-back', 'browsing');
		await write(page.getByRole('searchbox', { name: 'Search by name' }), 'snow');
		await userEvent.keyboard('{Enter}');
		await expect.element(page.getByLabelText('Get back Photos / 2025 / snow.jpg')).toBeVisible();
		await expect.element(page.getByText('1 name found')).toBeInTheDocument();
	});

	it('gets everything back from the backup that was asked for', async () => {
		const older = safe.snapshots[2];
		const { peer } = show(`/get-back?snapshot=${older?.id ?? ''}`, 'browsing');
		await press(page.getByRole('button', { name: 'As one zip' }));
		expect(peer.argumentsOf('restore')).toEqual([[older?.id, [], { kind: 'zip' }]]);
	});

	it('says at once when too few partners are there', async () => {
		show('/get-back', 'browsingFew');
		await expect
			.element(page.getByText('2 more partners are needed before every file can be had'))
			.toBeVisible();
	});
});

describe('Get back, running and done', () => {
	it('shows progress and what cannot be had', async () => {
		show('/get-back', 'restoring');
		await expect.element(page.getByRole('progressbar', { name: 'Restore' })).toBeVisible();
		await expect.element(page.getByText(/3 files cannot be had just now/)).toBeVisible();
		await expect.element(page.getByText(/it goes on where it was/)).toBeVisible();
	});

	it('says that a zip starts again after a reload', async () => {
		show('/get-back', 'restoringZip');
		await expect.element(page.getByText(/the zip starts again from the beginning/)).toBeVisible();
	});

	it('reports what came back, from whom not, and offers the zip', async () => {
		const { peer } = show('/get-back', 'restored');
		await expect
			.element(page.getByTestId('restore-report'))
			.toHaveTextContent('21,736 files, 25 GB, came back in 40 minutes.');
		await expect.element(page.getByText(/quiet-otter returned damaged blocks/)).toBeVisible();
		const link = page.getByRole('link', { name: 'Save the zip (25 GB)' });
		await expect.element(link).toHaveAttribute('download', 'holdfast-2026-11-22.zip');
		await press(page.getByText('1 name had to be changed'));
		await expect.element(page.getByText('is now Photos/what_.jpg')).toBeVisible();
		expect(peer.argumentsOf('restoredZip')).toHaveLength(1);
	});

	it('lists every file that did not come back, with the reason', async () => {
		show('/get-back', 'restoredPartly');
		await expect
			.element(page.getByTestId('failed-files'))
			.toHaveTextContent('Photos/2024/beach.mov only 3 of 4 needed blocks are left');
	});

	it('takes over only after a warning, and with too few only after a second yes', async () => {
		let tries = 0;
		const { peer, ways } = show('/get-back', 'restored', {
			answers: {
				takeOver: (alone) => {
					tries++;
					if (!alone) return refusing('Only 2 partners are here.')();
					peer.show({ ...states.safe, restore: { stage: 'none' } });
					return Promise.resolve();
				}
			}
		});
		await press(page.getByRole('button', { name: 'Take over this backup…' }));
		const dialog = page.getByRole('dialog', { name: 'Take over this backup?' });
		await expect.element(dialog).toHaveTextContent('The old machine stops.');
		await press(dialog.getByRole('button', { name: 'Take over', exact: true }));
		await expect
			.element(dialog.getByTestId('problem'))
			.toHaveTextContent('Only 2 partners are here.');
		await press(dialog.getByRole('button', { name: /Take over all the same/ }));
		await expect.poll(() => ways).toEqual(['/']);
		expect(tries).toBe(2);
	});
});

/** A picture of a code, four pixels a module. */
async function picture(text: string): Promise<File> {
	const rows = encodeQR(text, 'raw', { ecc: 'medium', border: 4 });
	const side = rows.length * 4;
	const canvas = new OffscreenCanvas(side, side);
	const drawing = canvas.getContext('2d');
	if (drawing === null) throw new Error('This browser draws nothing.');
	drawing.fillStyle = '#fff';
	drawing.fillRect(0, 0, side, side);
	drawing.fillStyle = '#000';
	for (const [y, row] of rows.entries()) {
		for (const [x, dark] of row.entries()) if (dark) drawing.fillRect(4 * x, 4 * y, 4, 4);
	}
	return new File([await canvas.convertToBlob()], 'sheet.png', { type: 'image/png' });
}
