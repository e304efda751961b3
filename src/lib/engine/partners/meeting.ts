/**
 * What an owner does when it meets a partner: shows and compares heads, then compares shelves
 * (docs/protocol/hosting.md). It makes good what crashes and lost answers left on either side.
 */
import {
	decodeSignedShelf,
	encodeShelfState,
	encodeSignedShelf,
	liveHashOf,
	readHead,
	signShelfState,
	verifyShelfSignature,
	type ShelfState
} from '../archive/head.ts';
import { dropNumbersMax, encodeDropOrder } from '../hosting/drop-order.ts';
import type { PeerId } from '../identifiers.ts';
import type { Keyring } from '../keys/keyring.ts';
import { sign } from '../keys/signature.ts';
import type { Log } from '../ports.ts';
import type { Session } from '../wire/session.ts';
import type { Distribution } from './distribution.ts';
import type { Holdings } from './holdings.ts';
import type { OwnHead } from './own-head.ts';
import { reconcile, type Reconciliation, type ShelfEntry } from './reconciliation.ts';
import type { ShelfNumbers } from './shelf-numbers.ts';

export interface MeetingContext {
	readonly keyring: Keyring;
	readonly epoch: number;
	readonly ownHead: OwnHead;
	readonly holdings: Holdings;
	readonly numbers: ShelfNumbers;
	readonly distribution: Distribution;
	readonly log: Log;
	readonly signal: AbortSignal;
	readonly onFenced: (head: Uint8Array | undefined) => void;
	/** A partner no longer holds blocks that it acknowledged. */
	readonly onLost: (partner: PeerId, blocks: number) => void;
}

/** The epoch of a peer that never took over. */
export const firstEpoch = 1;
const pageEntries = 4096;
/** A shelf longer than this is not read on: 16 million blocks are 4 TiB. */
const shelfEntriesMax = 16 * 1024 * 1024;

/** Meets one partner. Rejects when the line is lost. */
export async function meet(line: Session, context: MeetingContext): Promise<void> {
	if (!(await compareHeads(line, context))) return;
	await reconcileShelf(line, context);
}

/** False when a newer head was shown: this instance may not write any more. */
async function compareHeads(line: Session, context: MeetingContext): Promise<boolean> {
	const { keyring, ownHead, log, onFenced, signal } = context;
	const reply = await line.request({ type: 'get-heads' });
	if (reply.type !== 'heads') return true;
	const committed = ownHead.committed?.head;
	let current = false;
	for (const bytes of reply.heads) {
		try {
			const head = readHead(bytes);
			if (head.owner !== keyring.peer) continue;
			if (ownHead.isNewer(head)) {
				onFenced(bytes);
				return false;
			}
			current ||= head.epoch === committed?.epoch && head.version === committed.version;
		} catch (error) {
			log.write('warning', `${line.peer.slice(0, 8)} shows a bad head: ${String(error)}`);
		}
	}
	if (!current) await ownHead.bring(line.peer, signal);
	return true;
}

/** The whole shelf that a partner says it holds for us, ascending by number. */
export async function listShelf(line: Pick<Session, 'request'>): Promise<readonly ShelfEntry[]> {
	const entries: ShelfEntry[] = [];
	for (let from = 0; entries.length < shelfEntriesMax;) {
		const reply = await line.request({ type: 'list-shelf', from, limit: pageEntries });
		if (reply.type !== 'shelf') break;
		for (const [number, stripe, position] of reply.entries) {
			entries.push({ number, stripe, position });
		}
		const last = entries.at(-1);
		if (!reply.more || last === undefined || last.number < from) break;
		from = last.number + 1;
	}
	return entries;
}

async function reconcileShelf(line: Session, context: MeetingContext): Promise<void> {
	const { holdings, numbers, distribution, onLost, epoch } = context;
	const partner = line.peer;
	const before = distribution.inFlight();
	const entries = await listShelf(line);
	const last = entries.at(-1);
	if (last !== undefined) await numbers.skipPast(partner, last.number);
	if (epoch > firstEpoch) await numbers.noteForeign(partner, (last?.number ?? -1) + 1);
	const inFlight = new Set([...before, ...distribution.inFlight()]);
	const result = reconcile({
		partner,
		entries,
		holding: (stripe) => holdings.get(stripe),
		holdings: holdings.all(),
		inFlight
	});
	for (const { stripe, position, number } of result.adopted) {
		await holdings.assign(stripe, position, { partner, number });
	}
	for (const { stripe, position } of result.lost) {
		await holdings.assign(stripe, position, undefined);
	}
	if (result.lost.length > 0) onLost(partner, result.lost.length);
	await dropSurplus(line, result, context);
}

async function dropSurplus(
	line: Session,
	result: Reconciliation,
	context: MeetingContext
): Promise<void> {
	const { foreignBelow = 0 } = await context.numbers.shelf(line.peer);
	const unknown = result.unknown.map(({ number }) => number);
	const surplus = [...result.surplus, ...unknown.filter((number) => number >= foreignBelow)];
	for (let at = 0; at < surplus.length; at += dropNumbersMax) {
		await drop(line, surplus.slice(at, at + dropNumbersMax), context);
	}
}

/** Orders blocks deleted. True when the partner carried the order out. */
export async function drop(
	line: Session,
	shelfNumbers: readonly number[],
	{ keyring, numbers, log, epoch }: Pick<MeetingContext, 'keyring' | 'numbers' | 'log' | 'epoch'>
): Promise<boolean> {
	const version = await numbers.nextDropVersion(line.peer, epoch);
	const order = encodeDropOrder({
		owner: keyring.peer,
		partner: line.peer,
		version,
		numbers: shelfNumbers
	});
	const signature = sign(keyring.identity, 'drop', order);
	const reply = await line.request({ type: 'drop', order, signature });
	if (reply.type === 'acknowledged') return true;
	log.write('warning', `${line.peer.slice(0, 8)} does not drop: ${reply.detail}`);
	return false;
}

/** Has the partner countersign its shelf as it stands; the state goes into the next head (claim 28). */
export async function signShelf(
	line: Session,
	{ keyring, holdings, numbers, log }: MeetingContext
): Promise<void> {
	const partner = line.peer;
	const live = holdings.shelf(partner);
	const shelf = await numbers.shelf(partner);
	const before = shelf.state === undefined ? undefined : decodeSignedShelf(shelf.state).state;
	const state: ShelfState = {
		partner,
		version: (before?.version ?? 0) + 1,
		nextNumber: shelf.nextNumber,
		liveCount: live.length,
		liveBytes: live.reduce((sum, { bytes }) => sum + bytes, 0),
		liveHash: liveHashOf(live),
		dropped: droppedRanges(
			live.map(({ number }) => number),
			shelf.nextNumber
		)
	};
	if (before !== undefined && sameShelf(before, state)) return;
	const ownerSignature = signShelfState(keyring.identity, keyring.peer, state);
	const reply = await line.request({
		type: 'sign-shelf',
		state: encodeShelfState(state),
		signature: ownerSignature
	});
	const signed = reply.type === 'signed' ? reply.signature : undefined;
	if (
		signed === undefined ||
		!verifyShelfSignature({ signer: 'partner', owner: keyring.peer, state, signature: signed })
	) {
		const why = reply.type === 'declined' ? reply.detail : 'its signature is wrong';
		log.write('info', `${partner.slice(0, 8)} does not sign its shelf: ${why}`);
		return;
	}
	const kept = encodeSignedShelf({ state, ownerSignature, partnerSignature: signed });
	await numbers.keepState(partner, kept);
}

function sameShelf(a: ShelfState, b: ShelfState): boolean {
	return (
		a.nextNumber === b.nextNumber &&
		a.liveCount === b.liveCount &&
		a.liveHash.every((byte, i) => byte === b.liveHash[i])
	);
}

/** The numbers below `next` that are not live, as half-open ranges. */
export function droppedRanges(
	live: readonly number[],
	next: number
): readonly (readonly [from: number, to: number])[] {
	const ranges: (readonly [number, number])[] = [];
	let from = 0;
	for (const number of [...live, next]) {
		if (number > from) ranges.push([from, number]);
		from = number + 1;
	}
	return ranges;
}
