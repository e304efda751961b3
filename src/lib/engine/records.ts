/** The tables of the engine's durable state. Values are plain data that structured cloning keeps. */
import type {
	AgreementId,
	CircleId,
	FolderId,
	InstanceId,
	PeerId,
	SnapshotId,
	StripeId
} from './identifiers.ts';
import type { PresenceWeek } from './partners/presence-week.ts';
import type { Account } from './verify/account.ts';
import type { SignedDocument } from './verify/notice.ts';
import type { Watch } from './verify/watch.ts';
import type { HeldToss, OwnToss } from './verify/toss.ts';

/** Key 'self': one peer an installation. */
export interface IdentityRecord {
	readonly rootSecret: Uint8Array;
	readonly instance: InstanceId;
	readonly epoch: number;
	/** The words were shown and three of them confirmed. */
	readonly wordsConfirmed: boolean;
	readonly createdAt: number;
	readonly sheetPrintedAt?: number;
	/** Set when a newer instance took over: this one writes no more. */
	readonly fencedAt?: number;
	/** A restored peer that has not taken over yet only reads. */
	readonly restored?: boolean;
}

/** A STUN or TURN server that the person named. */
export interface IceServerRecord {
	/** RFC 7064, RFC 7065 (wire/ice-url.ts). */
	readonly url: string;
	/** Both, where it is a TURN server. */
	readonly username?: string;
	readonly credential?: string;
}

/** Key 'self'. */
export interface SettingsRecord {
	readonly lendBytes: number;
	readonly brokers: readonly string[];
	readonly paused: boolean;
	/** Asked when a link is set up. Absent: none. */
	readonly iceServers?: readonly IceServerRecord[];
	/** When every file was last read again, whatever its size and time. */
	readonly comparedAt?: number;
	/** The person is leaving Holdfast: nothing new is agreed or backed up. */
	readonly leavingAt?: number;
}

/** Key: the circle's id. */
export interface CircleRecord {
	readonly id: CircleId;
	readonly name: string;
	readonly secret: Uint8Array;
	readonly joinedAt: number;
}

/** Key: the folder's id. */
export interface FolderRecord {
	readonly id: FolderId;
	readonly name: string;
	readonly addedAt: number;
	/** Glob-free exclude rules: a path part, or a suffix that starts with a dot. */
	readonly exclude: readonly string[];
	/** What the last backup found in it. */
	readonly lastBackup?: { readonly at: number; readonly files: number; readonly bytes: number };
	/** A FileSystemDirectoryHandle where the platform has it; opaque to the engine. */
	readonly handle?: unknown;
}

/** Key: the partner's PeerId. The agreement as both signed it (docs/protocol.md). */
export interface AgreementRecord {
	readonly id: AgreementId;
	readonly partner: PeerId;
	/** 'remembered': a head names it, and the document has still to be had from the partner after a restore. */
	readonly state: 'proposed' | 'active' | 'ended' | 'remembered';
	/** The co-signed document, as encoded by engine/partners/agreement.ts. */
	readonly document: Uint8Array;
	/** Which of our rendezvous slots the partner was given. */
	readonly slot: number;
	readonly mySignature: Uint8Array;
	readonly theirSignature?: Uint8Array;
	/** Until when a proposal of ours binds. */
	readonly expiresAt?: number;
	/** It was ended for a reason: nothing new is agreed with this peer before. */
	readonly refusedUntil?: number;
	/** Who let whom go: 'reneged' is what the partner did, 'let-go' is what it says that we did. Unset when a person ended it. */
	readonly endedFor?: 'reneged' | 'let-go';
	/** What its owner gave us so that it can find us again (32 bytes); see docs/protocol.md, rendezvous. */
	readonly theirRendezvous?: Uint8Array;
	readonly lastSeenAt?: number;
	/** The network it was last seen in, as a broker attests it; absent while no broker said so. */
	readonly prefix?: Uint8Array;
	/** The partner leaves: it keeps our blocks until we have moved them, and takes no more. */
	readonly leavingSince?: number;
	/** What it acknowledged to have heard: that we leave, or that it is over and we need nothing of what it holds. */
	readonly told?: 'leaving' | 'ended';
	readonly endedAt?: number;
	/** Its owner said that it needs nothing any more of what is held for it here. */
	readonly released?: boolean;
}

/** Key: PeerId. The person wants nothing to do with this peer. */
export interface BlockedRecord {
	readonly blockedAt: number;
}

/** Key: AgreementId. How long a partner of the past was there; at most 256. */
export interface LifetimeRecord {
	readonly from: number;
	/** When it was last seen. */
	readonly until: number;
	/** It went by itself; false when the person here ended the agreement. */
	readonly died: boolean;
	/** When its agreement ended. */
	readonly endedAt: number;
}

/** Key: PeerId of a partner that is not there now. */
export interface AbsenceRecord {
	/** Scheduled time without a sight of it. */
	readonly awayMs: number;
}

/** Key: `${owner}/${epoch padded}/${version padded}/${instance}`: heads held for others; the last three of each owner. */
export interface HeldHeadRecord {
	readonly head: Uint8Array;
}

/** Key: owner. What hosting knows of an owner's shelf. */
export interface HeldShelfRecord {
	/** The last version of the shelf's state that we countersigned, encoded; undefined before the first. */
	readonly state?: Uint8Array;
	/** The version of the last drop order that was carried out. */
	readonly dropVersion: number;
}

/** Key: StripeId. A stripe of ours that q partners acknowledged. */
export interface StripeRecord {
	readonly id: StripeId;
	/** The encoded table of contents (docs/format/stripe.md). */
	readonly contents: Uint8Array;
	readonly m: number;
	readonly k: number;
	readonly blockBytes: number;
	/** Keyed hash of the payload, 32 bytes, for repair from local files. */
	readonly payloadHash: Uint8Array;
	/** For each position, who acknowledged it under which shelf number. */
	readonly holders: readonly (StripeHolder | undefined)[];
	/** Blocks that lie with others beside these. */
	readonly spares?: readonly SpareHolder[];
	readonly storedAt: number;
}

export interface StripeHolder {
	readonly partner: PeerId;
	readonly number: number;
	/** The salt of its record, 32 bytes; unknown after a restore or an adoption, until a proof brings it. */
	readonly salt?: Uint8Array;
}

/**
 * A block that can be read and is not the one that is counted on: 'temporary' lies with a partner that stands in for
 * an absent holder; 'former' with one that leaves or has left, until it lies with a successor.
 */
export interface SpareHolder extends StripeHolder {
	readonly position: number;
	readonly kind: 'temporary' | 'former';
}

/** Key: PeerId of the partner. Our shelf there. */
export interface ShelfRecord {
	/** The next shelf number to give; advanced durably before a number is used. */
	readonly nextNumber: number;
	/** Version of the last signed drop order. */
	readonly dropVersion: number;
	/**
	 * Numbers below this were given by an instance before a take-over: its blocks are adopted where they are
	 * understood, and never dropped for being unknown.
	 */
	readonly foreignBelow?: number;
	/** The last countersigned state, encoded. */
	readonly state?: Uint8Array;
	/** Version of the last state that the partner was asked to sign: it may have signed it. */
	readonly stateVersion?: number;
}

/** Key 'newest': our newest committed head. */
export interface HeadRecord {
	readonly head: Uint8Array;
	readonly acknowledgedBy: readonly PeerId[];
	readonly committedAt: number;
}

/** Key: ChunkId. Plain bytes of the tree chunks of kept snapshots: a cache, so that a scan reads no partner. */
export interface TreeChunkRecord {
	readonly bytes: Uint8Array;
}

/** Key: `${time padded}/${counter}`. What the person may want to know happened. */
export interface EventRecord {
	readonly at: number;
	readonly kind: string;
	readonly detail: Readonly<Record<string, string | number>>;
}

/** Key 'current': the restore in progress, so that it survives a reload. */
export interface RestoreRecord {
	readonly snapshot: SnapshotId;
	readonly paths: readonly (readonly string[])[];
	readonly target: unknown;
	readonly startedAt: number;
}

/** Key: PeerId of the partner. How it stands in its agreement with us (docs/protocol/standing.md). */
export interface StandingRecord {
	readonly agreement: AgreementId;
	readonly account: Account;
	/** The last notice to the partner, until it acknowledges it. */
	readonly notice?: SignedDocument;
}

/** Key: PeerId of the partner. The last notice that it gave us: proof of what it blamed us for. */
export interface NoticeRecord extends SignedDocument {
	readonly receivedAt: number;
}

/** Key: `${accused}/${accuser}`: the later of the statements of one peer about another. */
export interface StatementRecord {
	readonly bytes: Uint8Array;
	/** Who told it. */
	readonly source: PeerId;
}

/** Key: PeerId of the partner. Our coin toss with it. */
export type TossRecord = OwnToss;

/** Key: owner. The last toss that an owner began with us. */
export type HeldTossRecord = HeldToss;

/** Key: PeerId of the partner. When it was checked; milliseconds since the Unix epoch. */
export interface CheckRecord {
	readonly proofTriedAt?: number;
	readonly blockTriedAt?: number;
	readonly proofPassedAt?: number;
	readonly blockPassedAt?: number;
}

/** Key: owner. What an owner has drawn in the current day, month and year of its agreement (engine/verify/budget.ts). */
export interface BudgetRecord {
	readonly agreement: AgreementId;
	readonly day: number;
	readonly tossedBlocks: number;
	readonly proofs: number;
	readonly month: number;
	readonly repairBytes: number;
	readonly rehearsalBytes: number;
	readonly year: number;
	readonly restoreBytes: number;
	/** What instances drew that had not taken over: the reserve. */
	readonly reserveBytes: number;
}

export interface RecordTables {
	readonly identity: IdentityRecord;
	readonly settings: SettingsRecord;
	readonly circles: CircleRecord;
	readonly folders: FolderRecord;
	readonly agreements: AgreementRecord;
	readonly lifetimes: LifetimeRecord;
	readonly absences: AbsenceRecord;
	readonly blocked: BlockedRecord;
	readonly heldHeads: HeldHeadRecord;
	readonly heldShelves: HeldShelfRecord;
	readonly stripes: StripeRecord;
	readonly shelves: ShelfRecord;
	readonly heads: HeadRecord;
	readonly treeChunks: TreeChunkRecord;
	readonly events: EventRecord;
	readonly restores: RestoreRecord;
	readonly standings: StandingRecord;
	/** Key 'self': the time that counts (engine/verify/watch.ts). */
	readonly watches: Watch;
	/** Key: a PeerId, this peer's own among them: when it is usually on line. */
	readonly presenceWeeks: PresenceWeek;
	readonly notices: NoticeRecord;
	readonly statements: StatementRecord;
	readonly tosses: TossRecord;
	readonly heldTosses: HeldTossRecord;
	readonly checks: CheckRecord;
	readonly budgets: BudgetRecord;
}

/** Every table, for adapters that must create them. */
export const tableNames = [
	'identity',
	'settings',
	'circles',
	'folders',
	'agreements',
	'lifetimes',
	'absences',
	'blocked',
	'heldHeads',
	'heldShelves',
	'stripes',
	'shelves',
	'heads',
	'treeChunks',
	'events',
	'restores',
	'standings',
	'watches',
	'presenceWeeks',
	'notices',
	'statements',
	'tosses',
	'heldTosses',
	'checks',
	'budgets'
] as const satisfies readonly (keyof RecordTables)[];
