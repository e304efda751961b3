/**
 * What an owner does when it meets a partner: shows and compares heads, then compares shelves
 * (docs/protocol/hosting.md). It makes good what crashes and lost answers left on either side. When which of it may
 * be done is decided in meetings.ts.
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
import { shelfPages } from '../restore/shelves.ts';
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
	readonly distribution: Pick<Distribution, 'inFlight'>;
	readonly log: Log;
	readonly signal: AbortSignal;
	/** A newer head of ours was shown. */
	readonly onFenced: (head: Uint8Array) => void;
	/** A partner no longer holds blocks that it acknowledged. */
	readonly onLost: (partner: PeerId, blocks: number) => void;
}

/** The epoch of a peer that never took over. */
export const firstEpoch = 1;
/** A shelf longer than this is not read on: 16 million blocks are 4 TiB. */
const entriesMax = 16 * 1024 * 1024;

/**
 * Has a partner show its heads of ours, and gives it the committed one if it lacks that. 'fenced' when a newer one
 * was shown: this instance may not write any more. 'busy' when the partner cannot say now. Rejects when the line
 * is lost.
 */
export async function compareHeads(
	line: Session,
	context: MeetingContext
): Promise<'met' | 'fenced' | 'busy'> {
	const { keyring, ownHead, log, onFenced, signal } = context;
	const reply = await line.request({ type: 'get-heads' });
	if (reply.type !== 'heads') return 'busy';
	const committed = ownHead.committed?.head;
	let current = committed === undefined;
	for (const bytes of reply.heads) {
		try {
			const head = readHead(bytes);
			if (head.owner !== keyring.peer) continue;
			if (ownHead.isNewer(head)) {
				onFenced(bytes);
				return 'fenced';
			}
			current ||= head.epoch === committed?.epoch && head.version === committed.version;
		} catch (error) {
			log.write('warning', `${line.peer.slice(0, 8)} shows a bad head: ${String(error)}`);
		}
	}
	if (!current) await ownHead.bring(line.peer, signal);
	return 'met';
}

/**
 * Compares a partner's shelf with our account of it: adopts, notes what was lost, orders what is left over dropped.
 * A listing that breaks off changes nothing. Rejects when the line is lost.
 */
export async function reconcileShelf(line: Session, context: MeetingContext): Promise<void> {
	const { holdings, numbers, distribution, onLost, epoch } = context;
	const partner = line.peer;
	const before = distribution.inFlight();
	const expected = new Set(holdings.shelf(partner).map(({ number }) => number));
	const entries = await wholeShelf(line);
	const last = entries.at(-1);
	if (last !== undefined) await numbers.skipPast(partner, last.number);
	if (epoch > firstEpoch) await numbers.noteForeign(partner, (last?.number ?? -1) + 1);
	const inFlight = new Set([...before, ...distribution.inFlight()]);
	const result = reconcile({
		partner,
		entries,
		holding: (stripe) => holdings.get(stripe),
		holdings: holdings.all(),
		inFlight,
		expected
	});
	await holdings.assign([
		...result.adopted.map(({ number, ...place }) => ({ ...place, holder: { partner, number } })),
		...result.lost.map((place) => ({ ...place, holder: undefined }))
	]);
	await holdings.forgetSpares(result.lostSpares.map((spare) => ({ ...spare, partner })));
	if (result.lost.length > 0) onLost(partner, result.lost.length);
	await dropSurplus(line, result, context);
}

async function wholeShelf(line: Session): Promise<readonly ShelfEntry[]> {
	const entries: ShelfEntry[] = [];
	const pages = shelfPages(line, entriesMax);
	for (;;) {
		const { done, value } = await pages.next();
		if (done !== true) {
			for (const [number, stripe, position] of value) entries.push({ number, stripe, position });
		} else if (value === 'listed') return entries;
		else throw new Error('its shelf could not be listed to the end');
	}
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

/** 'conflict': the partner has another account of the shelf. */
export type Signing = 'signed' | 'conflict' | 'refused';

/**
 * Has the partner countersign its shelf as it stands; the state goes into the next head (claim 28). `anew` also when
 * it signed the same shelf before: it may have lost that.
 */
export async function signShelf(
	line: Session,
	{ keyring, holdings, numbers, log, epoch }: MeetingContext,
	{ anew }: { readonly anew: boolean } = { anew: false }
): Promise<Signing> {
	const partner = line.peer;
	const shelf = await numbers.shelf(partner);
	const before = shelf.state === undefined ? undefined : decodeSignedShelf(shelf.state).state;
	const unnumbered = stateOf(partner, holdings.shelf(partner), shelf.nextNumber);
	if (!anew && before !== undefined && sameShelf(before, unnumbered)) return 'signed';
	const version = await numbers.nextStateVersion(partner, epoch, before?.version ?? 0);
	const state: ShelfState = { ...unnumbered, version };
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
		return reply.type === 'declined' && reply.reason === 'conflict' ? 'conflict' : 'refused';
	}
	const kept = encodeSignedShelf({ state, ownerSignature, partnerSignature: signed });
	await numbers.keepState(partner, kept);
	return 'signed';
}

function stateOf(
	partner: PeerId,
	live: ReturnType<Holdings['shelf']>,
	nextNumber: number
): Omit<ShelfState, 'version'> {
	const numbers = live.map(({ number }) => number);
	return {
		partner,
		nextNumber,
		liveCount: live.length,
		liveBytes: live.reduce((sum, { bytes }) => sum + bytes, 0),
		liveHash: liveHashOf(live),
		dropped: droppedRanges(numbers, nextNumber)
	};
}

function sameShelf(a: ShelfState, b: Omit<ShelfState, 'version'>): boolean {
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
