/**
 * What the engine needs from outside. Each interface is a contract: adapters implement it, contract
 * suites in tests/contract hold every adapter to it, and the engine reaches the world by nothing else.
 */
import type { CircleId, FolderId, PeerId, StripeId } from './identifiers.ts';
import type { RecordTables } from './records.ts';
import type { System } from './system.ts';

/** Undoes a subscription. May be called more than once. */
export type Unsubscribe = () => void;

/** Time. The engine reads no other clock. */
export interface Clock {
	/** Milliseconds since the Unix epoch. May jump either way when the person changes the system clock. */
	now(): number;
	/** Resolves after about `ms`. Rejects with the signal's reason when it is aborted first. */
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Cryptographically strong randomness. Salts, nonces and keys come from here. */
export interface Random {
	bytes(length: number): Uint8Array<ArrayBuffer>;
}

/** Bulk cryptography, native where the platform has it. Every implementation gives the same bytes. */
export interface Ciphers {
	sha256(data: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
	hmacSha256(key: Uint8Array, data: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
	/** AES-256-GCM (NIST SP 800-38D): 32-byte key, 12-byte nonce; resolves to ciphertext and 16-byte tag. */
	seal(
		key: Uint8Array,
		nonce: Uint8Array,
		plaintext: Uint8Array,
		associated: Uint8Array
	): Promise<Uint8Array<ArrayBuffer>>;
	/** The inverse of `seal`; undefined when the tag does not match. */
	open(
		key: Uint8Array,
		nonce: Uint8Array,
		sealed: Uint8Array,
		associated: Uint8Array
	): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

/** The shape of a stripe: m data and k parity blocks of `blockBytes` each. m + k <= 255. */
export interface Geometry {
	readonly m: number;
	readonly k: number;
	readonly blockBytes: number;
}

/** One block of a stripe with its place in it, 0 <= position < m + k. */
export interface Share {
	readonly position: number;
	readonly bytes: Uint8Array;
}

/** The erasure coder (docs/format/erasure-code.md). A failed call rejects; later calls are not affected. */
export interface Coder {
	/**
	 * Takes ownership of `payload` (m * blockBytes bytes; it may be detached).
	 * Resolves to (m + k) * blockBytes bytes: the m data blocks, then the k parity blocks.
	 */
	encode(geometry: Geometry, payload: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
	/**
	 * Any m or more distinct shares. Takes ownership of their bytes (they may be detached).
	 * Resolves to the payload of m * blockBytes bytes.
	 */
	decode(geometry: Geometry, shares: readonly Share[]): Promise<Uint8Array<ArrayBuffer>>;
	/** Recomputes the block at one position from any m shares. Takes ownership of their bytes. */
	rebuild(
		geometry: Geometry,
		shares: readonly Share[],
		position: number
	): Promise<Uint8Array<ArrayBuffer>>;
}

/** The keys under which one record is tagged, 32 bytes each (docs/format/proof.md). */
export interface ProofKeys {
	/** Of all records of one owner at one partner. */
	readonly alpha: Uint8Array;
	/** Of this record alone: it must never serve for other bytes. */
	readonly pad: Uint8Array;
}

/** Sampled sectors with what belongs to each, at most 511 of them. */
export interface SampledSectors {
	/** 960 bytes each, one after the other; the last of a record is filled up with zeros. */
	readonly sectors: Uint8Array;
	/** 16 bytes each. */
	readonly tags: Uint8Array;
	/** One each, below 2^31 - 1. */
	readonly coefficients: readonly number[];
}

/** A sampled sector as the owner knows it, without its bytes. */
export interface SectorClaim {
	/** The pad key of its record, 32 bytes. */
	readonly pad: Uint8Array;
	/** Its place in the record, from 0. */
	readonly sector: number;
	readonly coefficient: number;
}

/**
 * Compact proofs of retrievability (docs/format/proof.md): Shacham and Waters, "Compact Proofs of Retrievability",
 * with private verification. Every implementation gives the same bytes. A failed call rejects; later ones are not
 * affected.
 */
export interface Prover {
	/**
	 * Takes ownership of `record`, which is not empty (it may be detached). Resolves to its bytes and, behind them, a
	 * tag of 16 bytes for each started sector of 960.
	 */
	tag(keys: ProofKeys, record: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
	/** The proof of these sectors, 1,296 bytes. Takes ownership of sectors and tags. */
	combine(samples: SampledSectors): Promise<Uint8Array<ArrayBuffer>>;
	/**
	 * Whether the proof is the one of these sectors as they were tagged, at most 511 of them. Any other bytes pass
	 * with a probability below 2^-120. False, not an error, for a proof of another length or with impossible numbers.
	 */
	check(alpha: Uint8Array, claims: readonly SectorClaim[], proof: Uint8Array): Promise<boolean>;
}

export type CompressionMethod = 'stored' | 'deflate' | 'zstd';

/** Lossless compression of single chunks. */
export interface Compressor {
	/**
	 * Takes ownership of `bytes`. Where the first 64 KiB, or the whole, does not shrink below 0.95 the method is
	 * 'stored' and the bytes are the input's.
	 */
	compress(
		bytes: Uint8Array,
		preferred: CompressionMethod
	): Promise<{ method: CompressionMethod; bytes: Uint8Array }>;
	/** Rejects unless the output has exactly `rawBytes` bytes; allocates no more than that. */
	decompress(method: CompressionMethod, bytes: Uint8Array, rawBytes: number): Promise<Uint8Array>;
}

/** Where one connection can be reached at one broker. Opaque, and valid while that connection lasts. */
export type Address = string & { readonly address: unique symbol };

/** A peer that a broker knows to be connected now, and what it says of itself (signed, at most 1 KiB). */
export interface Candidate {
	readonly peer: PeerId;
	readonly address: Address;
	readonly advert: Uint8Array;
	/**
	 * The network that the broker saw it connect from: 3 bytes of IPv4 (/24) or 6 of IPv6 (/48). Empty where the broker
	 * cannot tell, and for those who share no circle with it.
	 */
	readonly prefix: Uint8Array;
}

/** What this peer lets a broker know. */
export interface Presence {
	readonly circles: readonly CircleId[];
	/** At most 1 KiB, shown to peers of the same circles. */
	readonly advert: Uint8Array;
	/** Rendezvous tokens (32 bytes each) under which owners of the blocks held here can find this peer. */
	readonly tokens: readonly Uint8Array[];
}

export interface BrokerStatus {
	readonly url: string;
	readonly state: 'connecting' | 'connected' | 'down';
	/** Why the last attempt failed, in plain words. */
	readonly problem?: string;
}

/**
 * The brokers, as one. Reconnects by itself, with growing pauses, and publishes the presence again.
 * Requests made while no broker is connected resolve to nothing found.
 */
export interface Broker {
	status(): readonly BrokerStatus[];
	onStatus(listener: () => void): Unsubscribe;
	/** Replaces what the brokers know of this peer. */
	publish(presence: Presence): void;
	/** Up to `count` others of a circle, drawn at random. */
	sample(circle: CircleId, count: number): Promise<readonly Candidate[]>;
	/** Every connection of a peer. */
	find(peer: PeerId): Promise<readonly Candidate[]>;
	/** Who waits under each of these tokens. */
	rendezvous(tokens: readonly Uint8Array[]): Promise<readonly Candidate[]>;
	/** Hands a set-up message of at most 16 KiB to another connection. Delivery is not promised. */
	relay(to: Address, payload: Uint8Array): void;
	onRelay(listener: (from: Address, peer: PeerId, payload: Uint8Array) => void): Unsubscribe;
	close(): void;
}

/**
 * A connected transport without authentication yet: the handshake in engine/wire adds it.
 * Frames are whole, ordered and reliable until the link closes.
 */
export interface Link {
	/** SHA-256 fingerprints of the DTLS certificates at both ends, 32 bytes each. */
	readonly localFingerprint: Uint8Array;
	readonly remoteFingerprint: Uint8Array;
	/** The address that the relay named when the link was set up. */
	readonly remote: Address;
	/**
	 * Sends one frame of at most 64 KiB and takes ownership of it. Resolves when there is room for another
	 * (back-pressure); rejects with LinkClosed once closed.
	 */
	send(frame: Uint8Array): Promise<void>;
	/** The one receiver of frames. Frames that came before it was set are delivered to it first. */
	receive(listener: (frame: Uint8Array) => void): void;
	/** Resolves, never rejects, with a plain reason when the link is gone. */
	readonly closed: Promise<string>;
	close(): void;
}

/** Sets up links. */
export interface Links {
	/** Rejects with LinkFailed when no link stands after 20 s or the signal is aborted. */
	dial(to: Address, signal?: AbortSignal): Promise<Link>;
	/** Links that others set up. */
	onLink(listener: (link: Link) => void): Unsubscribe;
}

/** A block held for an owner. `number` is its shelf number: chosen by the owner and never reused. */
export interface HeldBlock {
	readonly owner: PeerId;
	readonly number: number;
	readonly stripe: StripeId;
	readonly position: number;
	/** Length of the record. */
	readonly bytes: number;
}

/** Bytes [offset, offset + length) of the record with this shelf number; at least one. */
export interface RecordPiece {
	readonly number: number;
	readonly offset: number;
	readonly length: number;
}

/** The blocks that this peer holds for its partners. */
export interface BlockStore {
	/**
	 * Durable when it resolves: on disk, and found again after a crash. Concurrent puts may share one flush.
	 * Putting the same (owner, number) again with equal content resolves; with other content it rejects with
	 * BlockConflict. Rejects with StorageFull, having stored nothing, when the platform has no room.
	 */
	put(block: HeldBlock, record: Uint8Array): Promise<void>;
	/** The record's bytes; undefined when it is not held. What is read may be rotten: owners check it. */
	get(owner: PeerId, number: number): Promise<Uint8Array<ArrayBuffer> | undefined>;
	/**
	 * Pieces of an owner's records, in the order asked for, without reading the rest of them: a proof wants a few
	 * hundred at once, so that one look-up serves them all. Undefined for a piece that is not held whole. What is
	 * read may be rotten.
	 */
	read(
		owner: PeerId,
		pieces: readonly RecordPiece[]
	): Promise<readonly (Uint8Array<ArrayBuffer> | undefined)[]>;
	/** Durable when it resolves. Numbers not held are passed over. */
	delete(owner: PeerId, numbers: readonly number[]): Promise<void>;
	/** Held blocks with number >= `from`, in ascending order, at most `limit`. */
	list(owner: PeerId, from: number, limit: number): Promise<readonly HeldBlock[]>;
	/** What an owner's blocks take. */
	usage(owner: PeerId): Promise<{ readonly blocks: number; readonly bytes: number }>;
	/** What all blocks take. */
	total(): Promise<{ readonly blocks: number; readonly bytes: number }>;
}

export type Table = keyof RecordTables;
export type RecordChange = {
	[T in Table]:
		| { readonly table: T; readonly key: string; readonly put: RecordTables[T] }
		| { readonly table: T; readonly key: string; readonly remove: true };
}[Table];

/** The engine's own small durable state. Keys are ordered by UTF-16 code units. */
export interface Records {
	get<T extends Table>(table: T, key: string): Promise<RecordTables[T] | undefined>;
	/** All records with from <= key < to, in order, at most `limit`. */
	scan<T extends Table>(
		table: T,
		range?: { readonly from?: string; readonly to?: string; readonly limit?: number }
	): Promise<readonly (readonly [key: string, value: RecordTables[T]])[]>;
	/** All changes or none, durable (flushed to disk) when it resolves. Rejects with StorageFull. */
	write(changes: readonly RecordChange[]): Promise<void>;
}

export interface FileStat {
	readonly size: number;
	/** Milliseconds since the Unix epoch. */
	readonly modified: number;
}

/** A file of a chosen folder. */
export interface SourceFile {
	readonly kind: 'file';
	readonly name: string;
	stat(): Promise<FileStat>;
	/**
	 * Opens the file as it is now. Every failure of it or of `read` is a SourceUnreadable: the file changed,
	 * vanished, or may not be read.
	 */
	open(): Promise<SourceReader>;
}

export interface SourceReader extends FileStat {
	/** Bytes [offset, offset + length), fewer only at the end of the file. */
	read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

export interface SourceDirectory {
	readonly kind: 'directory';
	readonly name: string;
	/** Every entry once, in no particular order. Rejects with SourceUnreadable. */
	entries(): AsyncIterable<SourceEntry>;
}

/** `unnamed` is an entry whose name the platform could not express: it is counted and cannot be read. */
export type SourceEntry = SourceFile | SourceDirectory | { readonly kind: 'unnamed' };

/** The folders that the person chose. */
export interface Folders {
	/** The root of a folder; undefined when it needs a permission, or its files must be chosen again. */
	open(folder: FolderId): Promise<SourceDirectory | undefined>;
}

/** Where restored files go. Paths are relative and have at least one part. */
export interface RestoreTarget {
	/** Makes a directory and those above it. */
	directory(path: readonly string[], modified: number): Promise<void>;
	/** Whether this file is already there whole from an earlier run of the same restore. */
	has(path: readonly string[], size: number): Promise<boolean>;
	/** Starts a file. One file at a time is open. */
	file(path: readonly string[], stat: FileStat): Promise<RestoreFile>;
	/** Ends the restore: all is on disk when it resolves. Names that had to change are listed. */
	finish(): Promise<{ readonly renamed: readonly { from: string; to: string }[] }>;
	/** Gives up; leaves what a later run can use. */
	abort(reason: string): Promise<void>;
}

export interface RestoreFile {
	write(bytes: Uint8Array): Promise<void>;
	/** The file is complete. */
	close(): Promise<void>;
	/** The file cannot be completed: nothing that looks like it stays. */
	abort(): Promise<void>;
}

/** One line for the details view. Never carries keys, file names or content. */
export interface Log {
	write(level: 'info' | 'warning' | 'error', text: string): void;
}

/** Everything at once, as the peer is given it. */
export interface Ports {
	readonly clock: Clock;
	readonly random: Random;
	readonly ciphers: Ciphers;
	readonly coder: Coder;
	readonly compressor: Compressor;
	readonly prover: Prover;
	readonly broker: Broker;
	readonly links: Links;
	readonly blocks: BlockStore;
	readonly records: Records;
	readonly folders: Folders;
	readonly log: Log;
	/** What this peer runs on; absent where that is not known. */
	readonly system?: System;
}
