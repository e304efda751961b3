/** Makes the state that pages show out of what the engine knows. Pure reading; nothing here changes the peer. */
import type { BackupReport } from '../engine/archive/backup.ts';
import type { Peer } from '../engine/peer.ts';
import { agreedBytes } from '../engine/partners/agreement.ts';
import type { AgreementRecord, FolderRecord } from '../engine/records.ts';
import type { RoundProgress, RoundState, RoundSummary } from '../engine/rounds.ts';
import type {
	BackupSummary,
	BackupView,
	FolderView,
	LendingView,
	OutlookView,
	PartnerView,
	PeerState,
	Progress,
	ProtectionView,
	SelfView,
	SnapshotView
} from './api.ts';
import { eventView } from './events-text.ts';
import { peerName } from './peer-names.ts';
import { diskFullProblem, obstacleProblem, riskProblem } from './problems.ts';
import { standingView } from './standing-view.ts';

/** What the engine worker knows beside the peer. */
export interface Surroundings {
	readonly folderAccess: ReadonlyMap<string, FolderView['access']>;
	readonly heldBytes: ReadonlyMap<string, { readonly blocks: number; readonly bytes: number }>;
	readonly heldTotalBytes: number;
	readonly persisted: boolean | undefined;
	/** Wire bytes when the running backup began. */
	readonly wireBytesBefore: number;
}

const none = { blocks: 0, bytes: 0 } as const;
const leftOutShown = 100;

/** Everything that needs a peer. */
export function peerViews(
	peer: Peer,
	s: Surroundings
): Pick<
	PeerState,
	| 'self'
	| 'circles'
	| 'lending'
	| 'partners'
	| 'blocked'
	| 'risks'
	| 'folders'
	| 'backup'
	| 'protection'
	| 'snapshots'
	| 'events'
> {
	const { household } = peer;
	return {
		self: selfView(peer),
		circles: household.circles.map(({ id, name }) => ({ id, name })),
		lending: lendingView(peer, s),
		partners: partnerViews(peer, s),
		blocked: peer.agreements
			.blocked()
			.map((blocked) => ({ peer: blocked, name: peerName(blocked) })),
		risks: peer.search.risks.map(riskProblem),
		folders: folderViews(peer, s),
		backup: backupView(peer, s),
		protection: protectionView(peer),
		snapshots: snapshotViews(peer),
		events: peer.events.all().map(eventView)
	};
}

function selfView({ identity, keyring, household }: Peer): SelfView {
	return {
		peer: keyring.peer,
		name: peerName(keyring.peer),
		wordsConfirmed: household.wordsConfirmed,
		createdAt: identity.createdAt,
		...(household.sheetPrintedAt === undefined ? {} : { sheetPrintedAt: household.sheetPrintedAt }),
		restored: identity.restored === true
	};
}

function lendingView(peer: Peer, s: Surroundings): LendingView {
	return {
		limitBytes: peer.household.settings.lendBytes,
		usedBytes: s.heldTotalBytes,
		...(s.persisted === undefined ? {} : { persisted: s.persisted }),
		...(peer.diskFull === undefined ? {} : { full: diskFullProblem(peer.diskFull) })
	};
}

function partnerViews(peer: Peer, s: Surroundings): readonly PartnerView[] {
	const counts = peer.holdings.counts();
	const owed = peer.holdings.owing().length;
	return peer.agreements.all().flatMap((record): readonly PartnerView[] => {
		const { partner, state, lastSeenAt } = record;
		const connected = peer.lines.line(partner) !== undefined;
		const refusal = peer.refusal(partner);
		const note = refusal === undefined ? {} : { note: refusal };
		const holdsForMe = counts.get(partner) ?? none;
		return [
			{
				peer: partner,
				name: peerName(partner),
				standing: standing(state, connected, refusal),
				connected,
				agreedBytes: agreedBytes(record),
				holdsForMe,
				heldForThem: s.heldBytes.get(partner) ?? none,
				owedBlocks: state === 'active' ? owed : 0,
				...(lastSeenAt === undefined ? {} : { lastSeenAt }),
				...standingView(peer, record),
				...note,
				receiving: peer.receiving(partner)
			}
		];
	});
}

function standing(
	state: AgreementRecord['state'],
	connected: boolean,
	refusal: string | undefined
): PartnerView['standing'] {
	if (state === 'proposed') return 'asked';
	if (state === 'ended') return 'ended';
	if (state === 'remembered') return 'away';
	if (refusal !== undefined) return 'refused';
	return connected ? 'held' : 'away';
}

function folderViews(peer: Peer, s: Surroundings): readonly FolderView[] {
	const last = peer.rounds.last;
	return peer.household.folders.map((folder) => {
		const leftOut = (last?.report.leftOut ?? []).filter(({ path }) => path[0] === folder.name);
		return {
			id: folder.id,
			name: folder.name,
			access: s.folderAccess.get(folder.id) ?? 'ask',
			addedAt: folder.addedAt,
			...(folder.lastBackup === undefined ? {} : lastBackupView(folder.lastBackup)),
			exclude: folder.exclude,
			leftOutCount: leftOut.length,
			leftOut: leftOut
				.slice(0, leftOutShown)
				.map(({ path, why }) => ({ path: path.join('/'), why: leftOutTexts[why] }))
		};
	});
}

function lastBackupView({
	at,
	files,
	bytes
}: NonNullable<FolderRecord['lastBackup']>): Pick<FolderView, 'lastBackupAt' | 'files' | 'bytes'> {
	return { lastBackupAt: at, files, bytes };
}

const leftOutTexts: Readonly<Record<BackupReport['leftOut'][number]['why'], string>> = {
	vanished: 'It was gone when it was read.',
	changed: 'It changed while it was read. It is tried again at the next backup.',
	denied: 'The browser may not read it.',
	failed: 'It could not be read. It is tried again at the next backup.',
	unnamed: 'Its name cannot be expressed.'
};

function backupView(peer: Peer, s: Surroundings): BackupView {
	const { state, last } = peer.rounds;
	const progress = progressOf(state, peer, s);
	if (peer.household.settings.paused) {
		return { stage: 'paused', ...(progress === undefined ? {} : { progress }) };
	}
	switch (state.stage) {
		case 'idle':
			return { stage: 'idle', ...(last === undefined ? {} : { last: summaryOf(last, peer, s) }) };
		case 'scanning':
			return state;
		case 'waiting':
			return { stage: 'waiting', problem: obstacleProblem(state.obstacle) };
		case 'running':
		case 'finishing': {
			const obstacle = peer.obstacle();
			const shown = progress ?? progressView(state.progress, 0);
			if (obstacle !== undefined && obstacle.kind !== 'settling') {
				return { stage: 'waiting', problem: obstacleProblem(obstacle), progress: shown };
			}
			return { stage: state.stage, progress: shown, ...checkpointOf(peer) };
		}
	}
}

/** What was sent until then can be got back already: the checkpoint that this backup, or one before it, committed last. */
function checkpointOf(peer: Peer): { readonly checkpointAt?: number } {
	const newest = snapshotViews(peer)[0];
	return newest?.kind === 'checkpoint' ? { checkpointAt: newest.at } : {};
}

function progressOf(state: RoundState, peer: Peer, s: Surroundings): Progress | undefined {
	if (state.stage !== 'running' && state.stage !== 'finishing') return undefined;
	return progressView(state.progress, peer.wireBytes - s.wireBytesBefore);
}

function progressView(progress: RoundProgress, wireBytes: number): Progress {
	const { filesDone, filesTotal, bytesDone, bytesTotal, bytesPerSecond } = progress;
	const left = bytesTotal - bytesDone;
	return {
		filesDone,
		filesTotal,
		bytesDone,
		bytesTotal,
		wireBytes,
		bytesPerSecond,
		...(bytesPerSecond > 0 ? { secondsLeft: left / bytesPerSecond } : {})
	};
}

function summaryOf(last: RoundSummary, peer: Peer, s: Surroundings): BackupSummary {
	const { report, startedAt, endedAt } = last;
	return {
		startedAt,
		endedAt,
		files: report.files,
		bytes: report.bytes,
		newFiles: report.newFiles,
		newDataBytes: report.newDataBytes,
		wireBytes: peer.wireBytes - s.wireBytesBefore,
		leftOutCount: report.leftOutCount,
		unnamedCount: report.unnamedCount
	};
}

function protectionView(peer: Peer): ProtectionView {
	const newest = snapshotViews(peer)[0];
	const { survivable, full, stored } = peer.holdings.protection();
	const holders = [...peer.holdings.counts().values()].filter(({ blocks }) => blocks > 0).length;
	if (newest === undefined) {
		return { level: 'none', survivable: 0, holders, files: 0, bytes: 0 };
	}
	const complete = newest.kind === 'complete' && stored;
	const outlook = outlookView(peer);
	return {
		level: !complete ? 'partly' : full ? 'full' : 'safe',
		survivable: Number.isFinite(survivable) ? Math.max(0, survivable) : 0,
		holders,
		at: newest.at,
		files: newest.files,
		bytes: newest.bytes,
		...(outlook === undefined ? {} : { outlook })
	};
}

function outlookView(peer: Peer): OutlookView | undefined {
	const outlook = peer.upkeep.outlook();
	return outlook === undefined ? undefined : { chance: outlook.chance, ...outlook.lifetimes };
}

export function snapshotViews(peer: Peer): readonly SnapshotView[] {
	return peer.ownHead.secrets.snapshots
		.map(({ id, at, kind, files, bytes, leftOut }) => ({ id, at, kind, files, bytes, leftOut }))
		.toSorted((a, b) => b.at - a.at);
}
