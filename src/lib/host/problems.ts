/** Every problem that the engine can tell a person: what happened, what it means for their data, what to do. */
import type { Risk } from '../engine/partners/criteria.ts';
import type { Obstacle } from '../engine/rounds.ts';
import type { Problem } from './api.ts';

const problem = (what: string, means: string, todo: string): Problem => ({ what, means, todo });

export const problems = {
	noIdentity: problem(
		'There is no peer on this browser yet.',
		'Nothing is protected from here.',
		'Start protecting files, or get files back with your words.'
	),
	identityExists: problem(
		'This browser has a peer already.',
		'Its files and partners are untouched.',
		'To begin anew, leave Holdfast in Settings first.'
	),
	fenced: problem(
		'Your backup was taken over by another device.',
		'Nothing is lost. This browser no longer writes, so that the two cannot get in each other’s way.',
		'Go on there, or leave Holdfast here in Settings.'
	),
	notACircleLink: problem(
		'This is not an invitation, or it was cut short on the way.',
		'Nothing was changed.',
		'Ask for the link again and open it whole.'
	),
	noIceServer: problem(
		'This is no address of a STUN or TURN server.',
		'Your links go on as they were.',
		'Write it as stun:host:port, turn:host:port or turns:host:port, in the way its owner gave it to you.'
	),
	turnWithoutUser: problem(
		'A TURN server asks for a user and a password.',
		'Your links go on as they were.',
		'Fill in both; whoever runs the server has them.'
	),
	manyIceServers: problem(
		'Eight servers are in the list already.',
		'Your links go on as they were. Every link asks all of them, so more would only make it slower.',
		'Remove one that you no longer need.'
	),
	noFolder: problem(
		'This folder is not in the list any more.',
		'Snapshots that hold it keep it.',
		'Choose the folder again.'
	),
	tooLittleSpace: problem(
		'That is too little space to lend.',
		'Partners agree on at least 16 MB both ways, and on eight shares.',
		'Lend at least 128 MB.'
	),
	noSnapshot: problem(
		'This snapshot is not to be found.',
		'Other snapshots are not affected.',
		'Choose another one from the list.'
	),
	noBackupFound: problem(
		'No partner with your backup can be reached yet.',
		'Nothing is lost: your partners hold your files until they are back on line.',
		'Keep this page open. Ask a partner to open Holdfast, and check the broker in Settings.'
	),
	notRestoring: problem(
		'There is nothing to restore from yet.',
		'Nothing was changed.',
		'Enter your words, scan the code, or open the recovery file first.'
	),
	wordsUnread: problem(
		'This does not open a backup.',
		'Nothing was changed, and your backup is as safe as before.',
		'Correct it and try again. The words, the code and the file each open it alone.'
	),
	fileLocked: problem(
		'This recovery file is locked with a passphrase.',
		'Nothing was changed.',
		'Enter its passphrase, or use the 24 words instead.'
	),
	otherPeer: problem(
		'These words belong to another peer.',
		'The peer of this browser is untouched.',
		'To get that backup, open Holdfast in another browser profile, or leave it here first.'
	),
	fewHolders: problem(
		'Too few of your partners are on line now.',
		'What is missing is still with those that are away.',
		'Keep this page open: it goes on by itself when they are back.'
	),
	takeOverAlone: problem(
		'Too few partners can be reached to take over safely.',
		'If your old device still works, both could write, and one of the two would lose its newest snapshots. Older backups that only absent partners know of would no longer be kept up.',
		'Wait for more partners, or go on if the old device and the absent partners are gone for good.'
	),
	writeDenied: problem(
		'The browser does not let Holdfast write into that folder.',
		'Nothing was written.',
		'Choose the folder again and allow it, or take one zip.'
	)
} as const;

/** Something that nobody foresaw. The details page has its log line. */
export function unexpected(error: unknown): Problem {
	return problem(
		`Something went wrong: ${error instanceof Error ? error.message : String(error)}.`,
		'What is backed up stays backed up.',
		'Try again. If it comes back, the details page has more.'
	);
}

/** Why the engine could not start. */
export function startProblem(error: unknown): Problem {
	const name = error instanceof Error ? error.name : '';
	if (name === 'StoreInUse') {
		return problem(
			'Holdfast is still running in another tab of this browser.',
			'Nothing is lost, and nothing was changed.',
			'Close the other tab, then load this page again.'
		);
	}
	if (name === 'DatabaseUnavailable' || name === 'StoreUnsupported') {
		return problem(
			'This browser does not let Holdfast store anything here.',
			'Nothing is protected from here. What partners hold for you is untouched.',
			'Leave private browsing, allow storage for this site, or use another browser, and load the page again.'
		);
	}
	return problem(
		`Holdfast could not start: ${error instanceof Error ? error.message : String(error)}.`,
		'Nothing was changed. What partners hold for you is untouched.',
		'Load the page again. If that does not help, restore with your words in another browser.'
	);
}

/** Why no backup runs now. */
export function obstacleProblem(obstacle: Obstacle): Problem {
	switch (obstacle.kind) {
		case 'no-partners':
			return problem(
				'There is no partner yet.',
				'Your files are only on this device.',
				'Invite somebody on the Partners page. The backup starts by itself once they join.'
			);
		case 'settling':
			return problem(
				'New partners are joining.',
				'Your files are only on this device for a moment longer.',
				'Nothing to do: the backup starts in a few seconds.'
			);
		case 'few-partners':
			return problem(
				`${obstacle.have} of your partners are here, and ${obstacle.need} are needed.`,
				'What was backed up is still held. New changes wait.',
				'Nothing to do: it goes on when they are back. If it takes days, ask them.'
			);
		case 'failed':
			return problem(
				`The last backup stopped: ${obstacle.message}.`,
				'What was backed up before is still held.',
				'Nothing to do: it is tried again by itself.'
			);
	}
}

/** A partner's block that did not fit on this disk. */
export function diskFullProblem(detail: string): Problem {
	return problem(
		'This disk has no room for a partner’s block.',
		`Nothing of yours or theirs is lost: the partner was told (${detail}).`,
		'Make room on the disk, or lend less space in Settings.'
	);
}

const systemNames: Readonly<Record<string, string>> = {
	windows: 'Windows',
	macos: 'macOS',
	linux: 'Linux',
	android: 'Android',
	ios: 'iOS',
	chromeos: 'ChromeOS',
	chromium: 'browsers made of Chromium',
	firefox: 'Firefox',
	webkit: 'browsers made of WebKit'
};

/** More partners share something than may be lost: the supply was too thin to choose better. */
export function riskProblem({ trait, value, sharing, partners, bearable }: Risk): Problem {
	const who =
		sharing === partners ? 'All your partners' : `${sharing} of your ${partners} partners`;
	const name = systemNames[value] ?? value;
	const spared = bearable === 1 ? 'one of them' : `${bearable} of them`;
	const means = `Nothing is wrong now. Your backup survives the loss of ${spared}`;
	switch (trait) {
		case 'network':
			return problem(
				`${who} are in one network.`,
				`${means}, and a fire, flood or failed line there could take more.`,
				'Invite somebody who lives or works elsewhere.'
			);
		case 'os':
			return problem(
				`${who} use ${name}.`,
				`${means}, and one virus or bad update could take more.`,
				'Invite somebody with another kind of computer.'
			);
		case 'engine':
			return problem(
				`${who} use ${name}.`,
				`${means}, and one fault or clean-up of such a browser could take more.`,
				'Invite somebody who uses another browser.'
			);
	}
}
