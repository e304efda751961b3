/**
 * Taking over (design section 7): the restored instance becomes the peer. First everything that it needs is
 * written down, then a head of a new epoch fences every other instance off, and only after enough partners
 * acknowledged it may this one write.
 */
import { encodeSignedShelf } from './archive/head.ts';
import { decodeContents, encodeContents } from './coding/contents.ts';
import { payloadHashOf } from './coding/self-check.ts';
import { openPayload } from './coding/stripe.ts';
import type { SegmentEntry } from './archive/segment.ts';
import { agreedBytes } from './partners/agreement.ts';
import { circleIdOf } from './partners/invitation.ts';
import type { Peer } from './peer.ts';
import type { RecordChange } from './ports.ts';
import type { IdentityRecord, SpareHolder, StripeHolder, StripeRecord } from './records.ts';
import { takeOverNeeds, type Recovery } from './recovery.ts';
import type { ChosenHead } from './restore/head-choice.ts';

export type TakeOverResult =
	| { readonly kind: 'taken-over' }
	/** Too few partners can be reached to fence an old instance off for certain, or to know every stripe. */
	| { readonly kind: 'too-few'; readonly have: number; readonly need: number };

const batch = 200;

/**
 * Resolves when this instance may write; the caller opens the peer anew then. With `alone` the person has
 * confirmed that the old instance is gone, and the partners that can be reached are enough.
 */
export async function takeOver(
	peer: Peer,
	recovery: Recovery,
	alone: boolean,
	signal: AbortSignal
): Promise<TakeOverResult> {
	const chosen = recovery.head;
	if (chosen === undefined) return { kind: 'too-few', have: 0, need: 1 };
	const reachable = chosen.head.partners.filter(
		({ peer: partner }) => peer.lines.line(partner) !== undefined
	).length;
	// With fewer than m the index cannot be read whole: stripes that it does not name would be nobody's.
	const need = Math.max(takeOverNeeds(chosen.head.partners.length), chosen.secrets.geometry.m);
	if (reachable < need && !alone) return { kind: 'too-few', have: reachable, need };
	await peer.agreements.remember(chosen.head.partners);
	await recallAll(peer);
	await writeStripes(peer, recovery);
	await writeShelves(peer, chosen);
	await peer.ownHead.adopt(chosen.bytes);
	peer.epoch = chosen.head.epoch + 1;
	await peer.ownHead.commit((secrets) => secrets, signal, Math.min(need, reachable));
	await becomeOwner(peer, chosen);
	await peer.events.add('taken-over', {});
	return { kind: 'taken-over' };
}

async function recallAll(peer: Peer): Promise<void> {
	for (const { partner } of peer.agreements.remembered()) {
		const line = peer.lines.line(partner);
		if (line === undefined) continue;
		await peer.negotiation.settle(line).catch((error: unknown) => {
			peer.ports.log.write('info', `agreement with ${partner.slice(0, 8)}: ${String(error)}`);
		});
	}
}

/** Records of all stripes: those of the index, with the holders that the partners' shelves show. */
async function writeStripes(peer: Peer, recovery: Recovery): Promise<void> {
	const places = recovery.source?.blocks.places;
	const now = peer.ports.clock.now();
	const changes: RecordChange[] = [];
	const known = [...recovery.stripes, ...(await newerStripes(peer, recovery))];
	for (const { contents, geometry, payloadHash } of known) {
		const { stripe: id } = decodeContents(contents);
		const { m, k, blockBytes } = geometry;
		const held = heldBy(m + k, places?.of(id) ?? []);
		const put: StripeRecord = {
			id,
			contents,
			m,
			k,
			blockBytes,
			payloadHash,
			...held,
			storedAt: now
		};
		changes.push({ table: 'stripes', key: id, put });
	}
	for (let at = 0; at < changes.length; at += batch) {
		await peer.ports.records.write(changes.slice(at, at + batch));
	}
}

/** Stripes that the old instance stored after its last head: adopted, so that their chunks are not sent again. */
async function newerStripes(peer: Peer, { source, stripes }: Recovery): Promise<SegmentEntry[]> {
	if (source === undefined) return [];
	const known = new Set(stripes.map(({ contents }) => decodeContents(contents).stripe));
	const newer: SegmentEntry[] = [];
	for (const id of source.blocks.places.stripes()) {
		if (known.has(id)) continue;
		const fetched = await source.blocks.fetchStripe(id);
		if (fetched.kind === 'missing') continue;
		const { geometry, payload } = fetched;
		try {
			const contents = encodeContents(await openPayload(peer.tools, geometry, id, payload));
			const payloadHash = await payloadHashOf(peer.tools, payload);
			newer.push({ contents, geometry, payloadHash });
		} catch (error) {
			peer.ports.log.write('warning', `a newer stripe cannot be read: ${String(error)}`);
		}
	}
	return newer;
}

/** Of two blocks of one position the second stood in for an absent holder. */
function heldBy(
	n: number,
	places: readonly (StripeHolder & { readonly position: number })[]
): Pick<StripeRecord, 'holders' | 'spares'> {
	const holders = Array.from<StripeHolder | undefined>({ length: n });
	const spares: SpareHolder[] = [];
	for (const { position, partner, number } of places) {
		if (position >= n) continue;
		if (holders[position] === undefined) holders[position] = { partner, number };
		else spares.push({ partner, number, position, kind: 'temporary' });
	}
	return spares.length === 0 ? { holders } : { holders, spares };
}

/** Numbering goes on where the head says; the first meeting skips past what the partner really holds. */
async function writeShelves(peer: Peer, { head }: ChosenHead): Promise<void> {
	for (const { peer: partner, shelf } of head.partners) {
		if (shelf === undefined) continue;
		await peer.numbers.skipPast(partner, shelf.state.nextNumber);
		await peer.numbers.keepState(partner, encodeSignedShelf(shelf));
	}
}

async function becomeOwner(peer: Peer, { secrets }: ChosenHead): Promise<void> {
	const { records, clock } = peer.ports;
	for (const { name, secret } of secrets.circles) {
		await peer.household.join({ id: circleIdOf(secret), name, secret, joinedAt: clock.now() });
	}
	const promised = peer.agreements.active().reduce((sum, r) => sum + agreedBytes(r), 0);
	const { settings } = peer.household;
	await peer.household.change({
		lendBytes: Math.max(settings.lendBytes, promised),
		brokers: settings.brokers.length > 0 ? settings.brokers : secrets.brokers
	});
	const { restored: _restored, ...identity } = peer.identity;
	const put: IdentityRecord = { ...identity, epoch: peer.epoch };
	await records.write([{ table: 'identity', key: 'self', put }]);
}
