import type { CircleId, FolderId, PeerId, SnapshotId } from '../../src/lib/engine/identifiers.ts';
import type {
	FolderView,
	PartnerView,
	PeerState,
	Progress,
	SnapshotView
} from '../../src/lib/host/api.ts';

/** Realistic states of a peer, for tests and pictures of the pages. Times are relative to `now`. */

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** An identifier of `bytes` bytes that a small number stands for. */
function id(seed: number, bytes: number): string {
	let text = '';
	for (let value = seed + 1; text.length < 2 * bytes; value = (value * 48_271) % 2_147_483_647) {
		text += value.toString(16).padStart(8, '0');
	}
	return text.slice(0, 2 * bytes);
}

const names = [
	'blue-heron',
	'quiet-otter',
	'amber-finch',
	'tall-birch',
	'north-lantern',
	'copper-wren',
	'mild-badger',
	'silver-reed'
] as const;

/** On line on weekdays from 8 to 18, and now and then in the evening. */
const officeWeek = Array.from({ length: 168 }, (_, hour) => {
	const [of, on] = [hour % 24, Math.floor(hour / 24)];
	if (on < 5 && of >= 8 && of < 18) return 0.95;
	return of >= 18 && of < 22 ? 0.3 : 0.02;
});

export function partner(index: number, changes: Partial<PartnerView> = {}): PartnerView {
	return {
		peer: id(100 + index, 32) as PeerId,
		name: names[index % names.length] ?? 'blue-heron',
		standing: 'held',
		connected: true,
		agreedBytes: 12.5e9,
		holdsForMe: { blocks: 23_412, bytes: 6.14e9 },
		heldForThem: { blocks: 11_020 + 613 * index, bytes: 2.9e9 + index * 0.4e9 },
		owedBlocks: 0,
		lastSeenAt: Date.now(),
		receiving: false,
		lastProofAt: Date.now() - 20 * minute,
		origin: {
			at: Date.now() - 40 * day,
			text: 'Holdfast drew it from the people of Harbour Street who had room.'
		},
		week: officeWeek,
		...changes
	};
}

export function folder(index: number, changes: Partial<FolderView> = {}): FolderView {
	return {
		id: id(200 + index, 8) as FolderId,
		name: ['Photos', 'Documents', 'Tax and insurance'][index] ?? 'Folder',
		access: 'granted',
		addedAt: Date.now() - 40 * day,
		lastBackupAt: Date.now() - 12 * minute,
		files: [18_204, 3120, 412][index] ?? 10,
		bytes: [21.3e9, 2.9e9, 0.41e9][index] ?? 1e6,
		exclude: [],
		leftOutCount: 0,
		leftOut: [],
		...changes
	};
}

export function snapshot(index: number, changes: Partial<SnapshotView> = {}): SnapshotView {
	return {
		id: id(300 + index, 8) as SnapshotId,
		at: Date.now() - 12 * minute - index * 9 * hour,
		kind: 'complete',
		files: 21_736 - index * 41,
		bytes: 24.6e9 - index * 0.12e9,
		leftOut: 0,
		...changes
	};
}

export const progress: Progress = {
	filesDone: 8120,
	filesTotal: 21_736,
	bytesDone: 9.1e9,
	bytesTotal: 24.6e9,
	wireBytes: 17.9e9,
	bytesPerSecond: 3.4e6,
	secondsLeft: 4560
};

const empty: PeerState = {
	phase: 'new',
	brokers: [{ url: 'wss://backup.example.org/broker', state: 'connected' }],
	iceServers: [],
	circles: [],
	lending: { limitBytes: 0, usedBytes: 0 },
	partners: [],
	blocked: [],
	risks: [],
	folders: [],
	backup: { stage: 'idle' },
	protection: { level: 'none', survivable: 0, holders: 0, files: 0, bytes: 0 },
	snapshots: [],
	restore: { stage: 'none' },
	events: [],
	log: []
};

const self = {
	peer: id(1, 32) as PeerId,
	name: 'green-harbour',
	wordsConfirmed: true,
	createdAt: Date.now() - 40 * day,
	restored: false,
	sheetPrintedAt: Date.now() - 39 * day
};

const eight = names.map((_, index) => partner(index));

/** Everything is well: eight partners, four may vanish. */
export const safe: PeerState = {
	...empty,
	phase: 'ready',
	self,
	iceServers: [
		{ url: 'stun:stun.example.net', from: 'own' },
		{ url: 'turn:turn.example.net:3478?transport=tcp', from: 'own', username: 'marina' },
		{ url: 'turn:backup.example.org', from: 'broker' }
	],
	circles: [{ id: id(400, 32) as CircleId, name: 'Harbour Street' }],
	lending: { limitBytes: 100e9, usedBytes: 31.4e9, persisted: true },
	partners: eight,
	folders: [folder(0), folder(1), folder(2)],
	backup: {
		stage: 'idle',
		last: {
			startedAt: Date.now() - 13 * minute,
			endedAt: Date.now() - 12 * minute,
			files: 21_736,
			bytes: 24.6e9,
			newFiles: 41,
			newDataBytes: 122e6,
			wireBytes: 245e6,
			leftOutCount: 3,
			unnamedCount: 0
		}
	},
	protection: {
		level: 'full',
		survivable: 4,
		holders: 8,
		at: Date.now() - 12 * minute,
		files: 21_736,
		bytes: 24.6e9,
		outlook: { chance: 2.4e-8, lifetimeMs: 400 * 24 * 60 * minute, living: 8, ended: 1 }
	},
	snapshots: Array.from({ length: 9 }, (_, index) => snapshot(index)),
	events: [
		{
			at: Date.now() - 12 * minute,
			tone: 'good',
			text: '41 new or changed files are safe with 8 partners.'
		},
		{
			at: Date.now() - 26 * hour,
			tone: 'news',
			text: 'silver-reed is a new partner and has taken its part.'
		},
		{
			at: Date.now() - 3 * day,
			tone: 'warning',
			text: 'copper-wren was away for 2 days and is back. Nothing was lost.'
		},
		{ at: Date.now() - 5 * day, tone: 'good', text: 'Everything was fully protected.' }
	],
	log: [
		{ at: Date.now() - 4000, level: 'info', text: 'snapshot 5a0191bd committed by 8 of 8' },
		{ at: Date.now() - 9000, level: 'warning', text: 'link to copper-wren closed: ice failed' },
		{ at: Date.now() - 15_000, level: 'error', text: 'block 9/3 rejected: tag mismatch' }
	]
};

const asked = ready({
	snapshots: [],
	protection: empty.protection,
	events: safe.events.slice(1, 2)
});

/** Named states of the pages, each as a person would meet it. */
export const states = {
	new: empty,
	starting: { ...empty, phase: 'starting' },
	safe,
	wordsOpen: ready({
		self: { ...self, wordsConfirmed: false },
		circles: [],
		lending: { limitBytes: 0, usedBytes: 0 },
		partners: [],
		folders: [],
		snapshots: [],
		events: [],
		backup: { stage: 'idle' },
		protection: empty.protection
	}),
	setUp: {
		...asked,
		iceServers: [],
		partners: [],
		folders: [],
		events: [],
		backup: { stage: 'idle' }
	},
	firstBackup: {
		...asked,
		partners: eight.map((one, index) => ({
			...one,
			receiving: index < 6,
			standing: index === 7 ? 'asked' : 'held',
			holdsForMe: { blocks: 900 + index * 120, bytes: 240e6 + index * 30e6 },
			owedBlocks: index === 7 ? 0 : 1500
		})),
		backup: { stage: 'running', progress, checkpointAt: Date.now() - 4 * minute }
	},
	waiting: {
		...asked,
		partners: [partner(0), partner(1, { standing: 'asked', connected: false })],
		backup: {
			stage: 'waiting',
			problem: {
				what: 'Only 1 of at least 2 partners is there.',
				means: 'Nothing of this backup is protected yet. Your files are untouched.',
				todo: 'Leave Holdfast open: it goes on by itself when another partner comes.'
			}
		}
	},
	partly: ready({
		backup: { stage: 'running', progress },
		protection: {
			level: 'partly',
			survivable: 2,
			holders: 8,
			at: Date.now() - 5 * minute,
			files: 9000,
			bytes: 4e9
		},
		snapshots: [snapshot(0, { kind: 'checkpoint', files: 9000, bytes: 4e9 })]
	}),
	away: ready({
		partners: eight.map((one, index) =>
			index === 0 || index === 3
				? {
						...one,
						standing: 'away',
						connected: false,
						lastSeenAt: Date.now() - 9 * day,
						note: 'Nothing is lost. If it is not back in 5 days, Holdfast asks somebody else.'
					}
				: index === 1
					? {
							...one,
							blame:
								'quiet-otter says that you did not answer for 7 days. Keep Holdfast open where you can; else it asks somebody else, and your part there goes to another partner.'
						}
					: one
		),
		protection: { ...safe.protection, level: 'safe', survivable: 2 }
	}),
	folderTrouble: ready({
		folders: [
			folder(0, { access: 'ask' }),
			folder(1, {
				exclude: ['*.tmp', 'node_modules/'],
				leftOutCount: 130,
				leftOut: [
					{
						path: 'Letters/2019/open.docx',
						why: 'it was written while it was read; it is tried again'
					},
					{ path: 'Scans/broken.pdf', why: 'the system refused to read it' }
				]
			}),
			folder(2, { access: 'choose again' })
		]
	}),
	paused: ready({ backup: { stage: 'paused', progress } }),
	full: ready({
		lending: {
			limitBytes: 100e9,
			usedBytes: 71.4e9,
			persisted: false,
			full: {
				what: 'The disk of this computer is full.',
				means: 'What you hold for others is kept; new blocks are declined for now.',
				todo: 'Make room on the disk, or lend less space below.'
			}
		}
	}),
	/** As many as a peer has, and more than the sheet has room for. */
	manyPartners: ready({ partners: Array.from({ length: 24 }, (_, index) => partner(index)) }),
	follower: safe,
	fenced: ready({ phase: 'fenced' }),
	broken: {
		...empty,
		phase: 'broken',
		problem: {
			what: 'The browser does not let Holdfast store anything.',
			means: 'Your files and what your partners hold for you are not touched.',
			todo: 'Close private windows and allow this site to store data, then try again.'
		}
	},
	searching: {
		...empty,
		phase: 'restoring',
		self: { ...self, restored: true },
		restore: { stage: 'searching', partnersFound: 2, partnersKnown: 8 }
	},
	searchingTrouble: {
		...empty,
		phase: 'restoring',
		self: { ...self, restored: true },
		brokers: [{ url: 'wss://backup.example.org/broker', state: 'down', problem: 'no answer' }],
		restore: {
			stage: 'searching',
			partnersFound: 0,
			problem: {
				what: 'No broker can be reached.',
				means: 'Your partners cannot be found yet. Nothing is lost.',
				todo: 'Check the network. Holdfast goes on trying by itself.'
			}
		}
	},
	browsing: restoring({
		stage: 'browsing',
		confirmedBy: 5,
		partnersKnown: 8,
		partnersReachable: 5,
		needed: 4
	}),
	browsingFew: restoring({
		stage: 'browsing',
		confirmedBy: 2,
		partnersKnown: 8,
		partnersReachable: 2,
		needed: 4
	}),
	restoring: restoring({
		stage: 'running',
		progress,
		affected: 3,
		partnersReachable: 5,
		into: 'folder'
	}),
	restoringZip: restoring({
		stage: 'running',
		progress,
		affected: 0,
		partnersReachable: 8,
		into: 'zip'
	}),
	restored: restoring({
		stage: 'done',
		report: {
			startedAt: Date.now() - 40 * minute,
			endedAt: Date.now(),
			files: 21_736,
			bytes: 24.6e9,
			failed: [],
			renamed: [{ from: 'Photos/what?.jpg', to: 'Photos/what_.jpg' }],
			rottenPartners: ['quiet-otter'],
			missingPartners: ['blue-heron', 'tall-birch', 'silver-reed'],
			zipBytes: 24.7e9
		}
	}),
	restoredPartly: restoring({
		stage: 'done',
		report: {
			startedAt: Date.now() - 40 * minute,
			endedAt: Date.now(),
			files: 21_730,
			bytes: 24.5e9,
			failed: [{ path: 'Photos/2024/beach.mov', why: 'only 3 of 4 needed blocks are left' }],
			renamed: [],
			rottenPartners: [],
			missingPartners: []
		}
	})
} satisfies Record<string, PeerState>;

export type StateName = keyof typeof states;

function ready(changes: Partial<PeerState>): PeerState {
	return { ...safe, ...changes };
}

function restoring(restore: PeerState['restore']): PeerState {
	return {
		...empty,
		phase: 'restoring',
		self: { ...self, restored: true },
		partners: eight,
		snapshots: safe.snapshots,
		restore
	};
}
