/**
 * What pages and engine say to each other. The engine lives in a worker of the leading tab and publishes one
 * immutable `PeerState`; pages send commands and show the state. Other tabs get the same state by
 * BroadcastChannel and send their commands to the leader the same way.
 */
import type { ChosenFolder } from '../adapters/folders/chosen.ts';
import type { CircleId, FolderId, PeerId, SnapshotId } from '../engine/identifiers.ts';

/** The whole of what pages show. Replaced, never changed. Times are milliseconds since the epoch, sizes bytes. */
export interface PeerState {
	/** 'new' has no identity yet; 'restoring' has one from words, QR or file and only reads; 'fenced' was taken over by another instance. */
	readonly phase: 'starting' | 'new' | 'ready' | 'restoring' | 'fenced' | 'broken';
	/** For 'broken': what happened, what it means, what to do. */
	readonly problem?: Problem;
	readonly self?: SelfView;
	readonly brokers: readonly BrokerView[];
	/** Servers that are asked when a link is set up: the person's, then those of brokers. */
	readonly iceServers: readonly IceServerView[];
	readonly circles: readonly CircleView[];
	readonly lending: LendingView;
	readonly partners: readonly PartnerView[];
	/** Peers that the person wants nothing to do with. */
	readonly blocked: readonly BlockedView[];
	/** What could take more partners at once than may be lost. Worth knowing; nothing is wrong. */
	readonly risks: readonly Problem[];
	readonly folders: readonly FolderView[];
	readonly backup: BackupView;
	readonly protection: ProtectionView;
	/** Newest first. */
	readonly snapshots: readonly SnapshotView[];
	readonly restore: RestoreView;
	/** Newest first, at most 50. */
	readonly events: readonly EventView[];
	/** For the details page, newest first, at most 200 lines. */
	readonly log: readonly LogLine[];
}

/** Every error a person can meet: what happened, what it means for their data, what to do. */
export interface Problem {
	readonly what: string;
	readonly means: string;
	readonly todo: string;
}

export interface SelfView {
	readonly peer: PeerId;
	/** Two words made from the PeerId, like "blue-heron": easy to say, not unique. */
	readonly name: string;
	readonly wordsConfirmed: boolean;
	readonly createdAt: number;
	/** Set until a restored peer has taken over. */
	readonly restored: boolean;
	readonly sheetPrintedAt?: number;
}

export interface BrokerView {
	readonly url: string;
	readonly state: 'connecting' | 'connected' | 'down';
	readonly problem?: string;
}

/** A STUN or TURN server. */
export interface IceServerView {
	readonly url: string;
	readonly from: 'own' | 'broker';
	/** Of the person's own TURN servers. */
	readonly username?: string;
}

/** A STUN or TURN server as a person names it. */
export interface IceServerChoice {
	readonly url: string;
	readonly username: string;
	readonly credential: string;
}

export interface CircleView {
	readonly id: CircleId;
	readonly name: string;
}

export interface LendingView {
	readonly limitBytes: number;
	readonly usedBytes: number;
	/** Whether the browser promised to keep the data; undefined where it cannot say. */
	readonly persisted?: boolean;
	/** The disk or quota refused a block that the limit allowed. */
	readonly full?: Problem;
}

export interface PartnerView {
	readonly peer: PeerId;
	readonly name: string;
	readonly standing: 'asked' | 'held' | 'away' | 'refused' | 'ended';
	readonly connected: boolean;
	readonly agreedBytes: number;
	readonly holdsForMe: { readonly blocks: number; readonly bytes: number };
	readonly heldForThem: { readonly blocks: number; readonly bytes: number };
	/** Blocks of ours that it should hold and has not acknowledged yet. */
	readonly owedBlocks: number;
	readonly lastSeenAt?: number;
	/** How its current state came about, and what follows, in one line. */
	readonly note?: string;
	/** How it came to be a partner. */
	readonly origin?: { readonly at: number; readonly text: string };
	/** What it blames this peer for. */
	readonly blame?: string;
	/** How likely it is on line in each of the 168 hours of a week, 0 to 1, from Monday 0:00 UTC; absent until it is known. */
	readonly week?: readonly number[];
	/** When it last proved that it holds its part. */
	readonly lastProofAt?: number;
	/** Now receiving blocks of ours. */
	readonly receiving: boolean;
}

export interface BlockedView {
	readonly peer: PeerId;
	readonly name: string;
}

export interface FolderView {
	readonly id: FolderId;
	readonly name: string;
	/** 'ask': the browser wants a click before it may be read again; 'choose again': its files must be chosen anew. */
	readonly access: 'granted' | 'ask' | 'choose again';
	readonly addedAt: number;
	readonly lastBackupAt?: number;
	readonly files?: number;
	readonly bytes?: number;
	readonly exclude: readonly string[];
	readonly leftOutCount: number;
	/** The first 100. */
	readonly leftOut: readonly { readonly path: string; readonly why: string }[];
}

export interface Progress {
	readonly filesDone: number;
	readonly filesTotal: number;
	readonly bytesDone: number;
	readonly bytesTotal: number;
	/** Block bytes sent to or read from partners so far. */
	readonly wireBytes: number;
	/** Source bytes a second over the last while. */
	readonly bytesPerSecond: number;
	/** Absent until it can be said honestly. */
	readonly secondsLeft?: number;
}

export type BackupView =
	| { readonly stage: 'idle'; readonly last?: BackupSummary }
	| { readonly stage: 'scanning'; readonly files: number; readonly bytes: number }
	| { readonly stage: 'running'; readonly progress: Progress; readonly checkpointAt?: number }
	| { readonly stage: 'finishing'; readonly progress: Progress }
	/** Goes on by itself when the cause is gone. */
	| { readonly stage: 'waiting'; readonly problem: Problem; readonly progress?: Progress }
	| { readonly stage: 'paused'; readonly progress?: Progress };

export interface BackupSummary {
	readonly startedAt: number;
	readonly endedAt: number;
	readonly files: number;
	readonly bytes: number;
	readonly newFiles: number;
	/** Bytes of new chunks after compression; 0 when nothing changed. */
	readonly newDataBytes: number;
	readonly wireBytes: number;
	readonly leftOutCount: number;
	readonly unnamedCount: number;
}

export interface ProtectionView {
	/** 'none': nothing is backed up; 'partly': a checkpoint only; 'safe': q holders; 'full': all n. */
	readonly level: 'none' | 'partly' | 'safe' | 'full';
	/** How many partners may vanish now without losing anything of the newest snapshot. */
	readonly survivable: number;
	/** Partners that hold blocks. */
	readonly holders: number;
	readonly at?: number;
	readonly files: number;
	readonly bytes: number;
	/** What would become of it if this disk died now; absent while nothing is backed up. */
	readonly outlook?: OutlookView;
}

/** The chance of losing something if this disk died now, and what it was computed from. */
export interface OutlookView {
	/** 0 to 1. */
	readonly chance: number;
	/** How long partners last on average, in milliseconds. */
	readonly lifetimeMs: number;
	/** Partners that are there now, and partners that went: what the lifetime was learned from. */
	readonly living: number;
	readonly ended: number;
}

export interface SnapshotView {
	readonly id: SnapshotId;
	readonly at: number;
	readonly kind: 'complete' | 'checkpoint';
	readonly files: number;
	readonly bytes: number;
	readonly leftOut: number;
}

export type RestoreView =
	| { readonly stage: 'none' }
	/** Looking for partners and the newest head. */
	| {
			readonly stage: 'searching';
			readonly partnersFound: number;
			readonly partnersKnown?: number;
			readonly problem?: Problem;
	  }
	/** Snapshots can be browsed. */
	| {
			readonly stage: 'browsing';
			readonly confirmedBy: number;
			readonly partnersKnown: number;
			readonly partnersReachable: number;
			readonly needed: number;
	  }
	| {
			readonly stage: 'running';
			readonly progress: Progress;
			readonly affected: number;
			readonly partnersReachable: number;
			/** A zip is begun anew after a reload; a folder keeps what is in it. */
			readonly into: 'folder' | 'zip';
			readonly problem?: Problem;
	  }
	| {
			readonly stage: 'done';
			readonly report: RestoreSummary;
	  };

export interface RestoreSummary {
	readonly startedAt: number;
	readonly endedAt: number;
	readonly files: number;
	readonly bytes: number;
	readonly failed: readonly { readonly path: string; readonly why: string }[];
	readonly renamed: readonly { readonly from: string; readonly to: string }[];
	/** Partners that returned rotten blocks; they were replaced by others. */
	readonly rottenPartners: readonly string[];
	readonly missingPartners: readonly string[];
	/** The zip, where no folder could be written: `commands.restoredZip()` gives it. */
	readonly zipBytes?: number;
}

export interface EventView {
	readonly at: number;
	readonly tone: 'good' | 'news' | 'warning' | 'bad';
	/** One sentence. */
	readonly text: string;
}

export interface LogLine {
	readonly at: number;
	readonly level: 'info' | 'warning' | 'error';
	readonly text: string;
}

export interface TreeItem {
	readonly name: string;
	readonly kind: 'file' | 'directory';
	readonly size: number;
	readonly modified: number;
}

export interface SheetView {
	readonly words: readonly string[];
	/** Text of the QR code. */
	readonly qr: string;
	readonly peer: PeerId;
	readonly name: string;
	readonly partners: readonly { readonly peer: PeerId; readonly name: string }[];
	readonly brokers: readonly string[];
	readonly circles: readonly string[];
	readonly appAddress: string;
	readonly at: number;
}

/** What a folder is chosen as: a handle where the platform has one, else its files for this session. */
export type FolderChoice = ChosenFolder;

export type RecoverySource =
	| { readonly kind: 'words'; readonly text: string }
	| { readonly kind: 'code'; readonly text: string }
	| { readonly kind: 'file'; readonly bytes: Uint8Array; readonly passphrase?: string };

export type RestoreDestination =
	| { readonly kind: 'directory'; readonly handle: FileSystemDirectoryHandle }
	/** One zip, kept in the origin's own storage until it is saved. */
	| { readonly kind: 'zip' };

/** Commands reject with a `CommandRefused` that carries a `Problem`. */
export interface Commands {
	/** Makes the identity and its words. Refused when there is one. */
	createPeer(): Promise<void>;
	/** The 24 words, for the first run and the sheet. */
	words(): Promise<readonly string[]>;
	/** The three places (0..23) to ask for. */
	wordsToConfirm(): Promise<readonly number[]>;
	/** Resolves to the places that are wrong; empty means confirmed. */
	confirmWords(answers: Readonly<Record<number, string>>): Promise<readonly number[]>;
	setLending(bytes: number): Promise<void>;
	setBrokers(urls: readonly string[]): Promise<void>;
	/** From the next link on. One with the same address is replaced. */
	addIceServer(server: IceServerChoice): Promise<void>;
	removeIceServer(url: string): Promise<void>;
	createCircle(name: string): Promise<void>;
	/** The whole link or its fragment. Resolves to the circle's name. */
	joinCircle(invitation: string): Promise<string>;
	/** An invitation link into the circle. */
	invitation(circle: CircleId): Promise<string>;
	/** One that is in the list already is opened again instead. */
	addFolder(choice: FolderChoice): Promise<FolderId>;
	/** The page got the permission, or the files were chosen again. */
	reopenFolder(folder: FolderId, choice?: FolderChoice): Promise<void>;
	setExclude(folder: FolderId, exclude: readonly string[]): Promise<void>;
	/** Snapshots that hold it keep it. */
	removeFolder(folder: FolderId): Promise<void>;
	folderHandle(folder: FolderId): Promise<FileSystemDirectoryHandle | undefined>;
	backUpNow(): Promise<void>;
	pause(): Promise<void>;
	resume(): Promise<void>;
	endPartnership(peer: PeerId): Promise<void>;
	/** Ends what stands with a peer, and lets nothing new begin until it is unblocked. */
	blockPeer(peer: PeerId): Promise<void>;
	unblockPeer(peer: PeerId): Promise<void>;
	/** Leaves Holdfast: partners take what is held for them away first; the own backup ends. The app must stay open meanwhile. */
	leave(): Promise<void>;
	sheet(): Promise<SheetView>;
	sheetPrinted(): Promise<void>;
	recoveryFile(passphrase?: string): Promise<Uint8Array>;
	/** On an empty browser: take the identity and look for partners. On the own one: checks that it opens this backup. */
	recover(source: RecoverySource): Promise<void>;
	/** Own snapshots, on the machine that made them: go to 'browsing' without words. */
	openRestore(): Promise<void>;
	browse(snapshot: SnapshotId, path: readonly string[]): Promise<readonly TreeItem[]>;
	search(snapshot: SnapshotId, text: string): Promise<readonly (readonly string[])[]>;
	/** `paths` empty means everything. */
	restore(
		snapshot: SnapshotId,
		paths: readonly (readonly string[])[],
		destination: RestoreDestination
	): Promise<void>;
	/** While still searching on an empty browser: forgets the key, as `erase` does. */
	cancelRestore(): Promise<void>;
	/** The finished zip as a File backed by disk. */
	restoredZip(): Promise<File>;
	/** Leaves 'done' and deletes the zip. */
	closeRestore(): Promise<void>;
	/** After a restore: this machine becomes the peer and may write. `alone` confirms going on with fewer acknowledgements than are safe. */
	takeOver(alone: boolean): Promise<void>;
	/** Deletes the identity and everything held here. */
	erase(): Promise<void>;
}

/** Thrown to pages by a command that could not be carried out. */
export class CommandRefused extends Error {
	override readonly name = 'CommandRefused';
	readonly problem: Problem;
	constructor(problem: Problem) {
		super(problem.what);
		this.problem = problem;
	}
}

/** Refuses a command. */
export function refuse(problem: Problem): never {
	throw new CommandRefused(problem);
}

/** The engine as a page sees it. */
export interface PeerClient {
	readonly commands: Commands;
	/** The newest state; `undefined` only before the first one came. */
	readonly state: PeerState | undefined;
	subscribe(listener: (state: PeerState) => void): () => void;
	/** 'leader' runs the engine; 'follower' shows it; a follower may take the lead over. */
	readonly role: 'leader' | 'follower';
	onRole(listener: (role: 'leader' | 'follower') => void): () => void;
	lead(): Promise<void>;
}
