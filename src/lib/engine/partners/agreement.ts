/**
 * The reciprocal contract between two peers (patent steps 272-276, claims 24-27): equal space both ways, inside one
 * circle, with what each side states of itself. One CBOR document, signed by both and kept by both; see
 * docs/protocol/agreements.md. Whether to accept one is judged in terms.ts.
 */
import { decode, encode } from 'cborg';
import { Malformed } from '../failures.ts';
import { bytesOf, nameOf, type AgreementId, type CircleId, type PeerId } from '../identifiers.ts';
import { sign, verify } from '../keys/signature.ts';
import type { AgreementRecord } from '../records.ts';
import { browserEngines, operatingSystems, type System } from '../system.ts';
import { sameBytes } from '../wire/broker-fields.ts';
import { kilobytesPerSecondMax } from '../wire/limits.ts';
import { readWeek } from './schedule.ts';

/** Largest document that is read. */
export const agreementBytesMax = 4096;
/** How long a signed proposal binds its sender and reserves the space: 10 minutes. */
export const proposalLifeMs = 10 * 60_000;
/** Space is agreed in steps, so that small differences need no negotiation: 16 MiB. */
export const spaceStepBytes = 16 * 1024 * 1024;
/** Linear answers leak content when there are enough of them: the kernel of the proofs bears 48 a day. */
export const proofsPerDayMax = 48;

/** What one peer states of itself in an agreement. */
export interface Side {
	/** Hours of the week on line (schedule.ts). */
	readonly week: Uint8Array;
	/** It accepts no slower line than this, kB/s. */
	readonly leastKilobytesPerSecond: number;
	/** What it measured to the other on average, kB/s, a power of two; 0 when it has not measured. */
	readonly averageKilobytesPerSecond: number;
	readonly system: System;
}

/** What each may ask of the other beside the toss: the same both ways. One full restore a year comes on top. */
export interface Budgets {
	readonly repairBytesPerMonth: number;
	readonly rehearsalBytesPerMonth: number;
	/** At most `proofsPerDayMax`. */
	readonly proofsPerDay: number;
}

/** What is negotiated. */
export interface Terms {
	/** What each holds for the other, at most. */
	readonly spaceBytes: number;
	readonly budgets: Budgets;
	readonly sides: { readonly proposer: Side; readonly acceptor: Side };
}

export interface Agreement extends Terms {
	readonly id: AgreementId;
	readonly proposer: PeerId;
	readonly acceptor: PeerId;
	readonly circle: CircleId;
	/** How long a partner may be away before it has reneged (patent step 230). */
	readonly graceMs: number;
	/** How long nobody restores at first; 0 among friends. */
	readonly commitmentMs: number;
	readonly createdAt: number;
	/** Until when the proposal binds. */
	readonly expiresAt: number;
}

/** Field order is fixed by being an array; the first field is the version of the document. */
export function encodeAgreement(a: Agreement): Uint8Array {
	const { repairBytesPerMonth, rehearsalBytesPerMonth, proofsPerDay } = a.budgets;
	return encode([
		2,
		bytesOf(a.id),
		bytesOf(a.proposer),
		bytesOf(a.acceptor),
		a.spaceBytes,
		bytesOf(a.circle),
		a.graceMs,
		a.commitmentMs,
		a.createdAt,
		a.expiresAt,
		[repairBytesPerMonth, rehearsalBytesPerMonth, proofsPerDay],
		sideFields(a.sides.proposer),
		sideFields(a.sides.acceptor)
	]);
}

function sideFields(side: Side): readonly unknown[] {
	const { week, leastKilobytesPerSecond, averageKilobytesPerSecond, system } = side;
	return [week, leastKilobytesPerSecond, averageKilobytesPerSecond, system.os, system.engine];
}

/** @throws Malformed */
export function decodeAgreement(bytes: Uint8Array): Agreement {
	const fields = decodeFields(bytes);
	const [version, id, proposer, acceptor, spaceBytes, circle, ...rest] = fields;
	const [graceMs, commitmentMs, createdAt, expiresAt, budgets, proposing, accepting] = rest;
	if (version !== 2) throw new Malformed(`agreement of version ${String(version)}`);
	const agreement: Agreement = {
		id: nameOf<AgreementId>(bytesField(id, 16)),
		proposer: nameOf<PeerId>(bytesField(proposer, 32)),
		acceptor: nameOf<PeerId>(bytesField(acceptor, 32)),
		spaceBytes: wholeNumber(spaceBytes),
		circle: nameOf<CircleId>(bytesField(circle, 32)),
		graceMs: wholeNumber(graceMs),
		commitmentMs: wholeNumber(commitmentMs),
		createdAt: wholeNumber(createdAt),
		expiresAt: wholeNumber(expiresAt),
		budgets: readBudgets(budgets),
		sides: { proposer: readSide(proposing), acceptor: readSide(accepting) }
	};
	if (!sameBytes(encodeAgreement(agreement), bytes)) throw new Malformed('agreement encoding');
	return agreement;
}

const read = new WeakMap<Uint8Array, Agreement>();

/** What a record's document says: read once, since every block that comes asks for it. */
export function agreementOf({ document }: Pick<AgreementRecord, 'document'>): Agreement {
	const known = read.get(document);
	if (known !== undefined) return known;
	const agreement = decodeAgreement(document);
	read.set(document, agreement);
	return agreement;
}

/** What is agreed with a peer, in force or ended; undefined where there is no document, or it is not back yet. */
export function knownAgreement(record: AgreementRecord | undefined): Agreement | undefined {
	if (record === undefined || record.document.length === 0) return undefined;
	return agreementOf(record);
}

/** What both signed and neither ended. */
export function agreementInForce(record: AgreementRecord | undefined): Agreement | undefined {
	return record?.state === 'active' ? agreementOf(record) : undefined;
}

/** Undefined when it is not one. */
export function readAgreement(bytes: Uint8Array): Agreement | undefined {
	try {
		return decodeAgreement(bytes);
	} catch (error) {
		if (error instanceof Malformed) return undefined;
		throw error;
	}
}

function decodeFields(bytes: Uint8Array): readonly unknown[] {
	if (bytes.length > agreementBytesMax) throw new Malformed('agreement too long');
	let value: unknown;
	try {
		value = decode(bytes, { strict: true, allowIndefinite: false, allowUndefined: false });
	} catch (error) {
		throw new Malformed(`agreement: ${String(error)}`);
	}
	return listField(value, 13);
}

function readBudgets(value: unknown): Budgets {
	const [repair, rehearsal, proofs] = listField(value, 3);
	return {
		repairBytesPerMonth: wholeNumber(repair),
		rehearsalBytesPerMonth: wholeNumber(rehearsal),
		proofsPerDay: wholeNumber(proofs, proofsPerDayMax)
	};
}

function readSide(value: unknown): Side {
	const [week, least, average, os, engine] = listField(value, 5);
	return {
		week: readWeek(week),
		leastKilobytesPerSecond: wholeNumber(least, kilobytesPerSecondMax),
		averageKilobytesPerSecond: wholeNumber(average, kilobytesPerSecondMax),
		system: { os: oneOf(os, operatingSystems), engine: oneOf(engine, browserEngines) }
	};
}

function listField(value: unknown, length: number): readonly unknown[] {
	if (!Array.isArray(value) || value.length !== length) throw new Malformed('agreement fields');
	return value as readonly unknown[];
}

function bytesField(value: unknown, length: number): Uint8Array {
	if (!(value instanceof Uint8Array) || value.length !== length) {
		throw new Malformed(`agreement field of ${length} bytes expected`);
	}
	return value;
}

function wholeNumber(value: unknown, max = Number.MAX_SAFE_INTEGER): number {
	if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > max) {
		throw new Malformed('agreement number expected');
	}
	return value;
}

function oneOf<Text extends string>(value: unknown, allowed: readonly Text[]): Text {
	const found = allowed.find((text) => text === value);
	if (found === undefined) throw new Malformed('agreement word expected');
	return found;
}

export function signAgreement(identity: Uint8Array, document: Uint8Array): Uint8Array {
	return sign(identity, 'agreement', document);
}

export function verifyAgreement(
	peer: PeerId,
	document: Uint8Array,
	signature: Uint8Array
): boolean {
	return verify(peer, 'agreement', document, signature);
}

/** Rounds down to whole steps. */
export function quantisedSpace(bytes: number): number {
	return Math.floor(bytes / spaceStepBytes) * spaceStepBytes;
}

/** The space that a record promises both ways; 0 once it has ended, or before its document is back. */
export function agreedBytes(record: AgreementRecord): number {
	const without = record.state === 'ended' || record.state === 'remembered';
	return without ? 0 : agreementOf(record).spaceBytes;
}

/** As whom a peer stands in an agreement that names it. */
export function roleIn(agreement: Agreement, peer: PeerId): 'proposer' | 'acceptor' {
	return agreement.proposer === peer ? 'proposer' : 'acceptor';
}

/**
 * Of two documents that both peers signed the one that holds: the same at both ends, whichever they asked first. The
 * lower proposer goes first, as with crossing proposals; of one proposer's, the later. Pure.
 */
export function holdsOver(a: Agreement, b: Agreement): boolean {
	if (a.proposer !== b.proposer) return a.proposer < b.proposer;
	if (a.createdAt !== b.createdAt) return a.createdAt > b.createdAt;
	return a.id > b.id;
}
