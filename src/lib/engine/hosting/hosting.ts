/**
 * The other side of every backup: holds blocks and heads of partners, gives them back, deletes them only by
 * signed order (patent figures 4 and 7 from the partner's side; docs/protocol/hosting.md). Everything that
 * arrives is hostile until parsed, bounded and matched with the peer that the link authenticated.
 */
import { equalBytes } from '@noble/ciphers/utils.js';
import {
	decodeShelfState,
	decodeSignedShelf,
	encodeShelfState,
	encodeSignedShelf,
	liveHashOf,
	readHead,
	signShelfState,
	verifyShelfSignature,
	type ShelfState
} from '../archive/head.ts';
import { readBlockHeader, recordBytesMax, type BlockHeader } from '../coding/block.ts';
import { BlockConflict, Malformed, StorageFull } from '../failures.ts';
import type { PeerId } from '../identifiers.ts';
import { verify } from '../keys/signature.ts';
import type { BlockStore, Log, Records } from '../ports.ts';
import type { HeldShelfRecord } from '../records.ts';
import type { AcceptanceRequest } from '../partners/acceptance.ts';
import type { Reply, Request } from '../wire/messages.ts';
import { Turns } from '../turns.ts';
import type { Session } from '../wire/session.ts';
import type { Answering } from './answering.ts';
import type { Budgets } from './budgets.ts';
import { decodeDropOrder } from './drop-order.ts';
import type { HeldHeads } from './held-heads.ts';
import { shelfRecord, wholeShelf } from './held-shelf.ts';
import { Admission, type Admitted } from './admission.ts';

export interface HostingOptions {
	readonly self: PeerId;
	readonly identity: Uint8Array;
	readonly blocks: BlockStore;
	readonly records: Records;
	readonly heads: HeldHeads;
	readonly budgets: Budgets;
	readonly answering: Answering;
	readonly log: Log;
	/** Space promised to an owner; 0 without an agreement. */
	readonly agreedBytes: (owner: PeerId) => number;
	/** Whether an agreement with an owner is about to be active: its answer, or its document, is on the way. */
	readonly awaitsAgreement: (owner: PeerId) => boolean;
	readonly lendBytes: () => number;
	/** Owners whose blocks may go when space is needed, those that have been silent longest first. */
	readonly yielding: () => readonly PeerId[];
	/** What a full disk or a refused quota did: shown to the person. */
	readonly onFull: (problem: string) => void;
	/** Something held for an owner changed. */
	readonly onChange: (owner: PeerId) => void;
}

type HostingRequest = Exclude<
	Request,
	AcceptanceRequest | { type: 'notice' | 'get-statements' | 'declare-loss' | 'farewell' | 'room' }
>;
type From = Pick<Session, 'peer' | 'instance'>;

const shelfPageMax = 4096;
const acknowledged: Reply = { type: 'acknowledged' };

export class Hosting {
	readonly #options: HostingOptions;
	readonly #admission: Admission;
	/** Orders, heads and shelf states of one owner are handled one after the other. */
	readonly #turns = new Turns<PeerId>();
	/** Owners that were refused for want of space, and were not told since that there is some. */
	readonly #refused = new Set<PeerId>();

	constructor(options: HostingOptions) {
		this.#options = options;
		this.#admission = new Admission(options);
	}

	/** Whether somebody was refused for want of space and does not know of room. */
	get hasRefused(): boolean {
		return this.#refused.size > 0;
	}

	/** Owners that were refused for want of space; none while there still is none. */
	async refusedWithRoom(): Promise<readonly PeerId[]> {
		if (this.#refused.size === 0) return [];
		const { blocks, lendBytes } = this.#options;
		const free = lendBytes() - (await blocks.total()).bytes;
		return free < recordBytesMax ? [] : [...this.#refused];
	}

	/** An owner knows that there is room again. */
	toldOfRoom(owner: PeerId): void {
		this.#refused.delete(owner);
	}

	/** Deletes everything that is held for an owner: its agreement ended, and it needs nothing of it. */
	discard(owner: PeerId): Promise<void> {
		return this.#turns.take(owner, async () => {
			const { blocks, onChange } = this.#options;
			for (;;) {
				const page = await blocks.list(owner, 0, shelfPageMax);
				if (page.length === 0) break;
				await blocks.delete(
					owner,
					page.map(({ number }) => number)
				);
			}
			onChange(owner);
		});
	}

	/** Answers one request of a peer. Never throws for what the peer sent. */
	async serve(request: HostingRequest, from: From): Promise<Reply> {
		try {
			return await this.#answer(request, from);
		} catch (error) {
			if (error instanceof Malformed) return declined('malformed', error.message);
			if (error instanceof BlockConflict) return declined('conflict', error.message);
			if (!(error instanceof StorageFull)) throw error;
			this.#options.onFull(error.message);
			return declined('full', 'the disk of this partner is full');
		}
	}

	#answer(request: HostingRequest, from: From): Promise<Reply> {
		switch (request.type) {
			case 'put-head':
				return this.#turns.take(from.peer, () => this.#putHead(request.head, from));
			case 'get-heads':
				return Promise.resolve({
					type: 'heads',
					heads: this.#options.heads.of(from.peer).map(({ bytes }) => bytes)
				});
			case 'put-block':
				return this.#putBlock(request, from);
			case 'get-block':
				return this.#getBlock(request, from);
			case 'toss':
			case 'reveal':
				return this.#options.answering.serve(request, from);
			case 'list-shelf':
				return this.#listShelf(request, from);
			case 'drop':
				return this.#turns.take(from.peer, () => this.#drop(request, from));
			case 'sign-shelf':
				return this.#turns.take(from.peer, () => this.#signShelf(request, from));
		}
	}

	async #putHead(bytes: Uint8Array, from: From): Promise<Reply> {
		const head = readHead(bytes);
		if (head.owner !== from.peer) return declined('malformed', 'a head of somebody else');
		const stranger = this.#unagreed(from.peer);
		if (stranger !== undefined) return stranger;
		const verdict = await this.#options.heads.put(head, bytes);
		if (verdict.kind === 'fenced') return fenced(verdict.newest.bytes);
		this.#options.onChange(from.peer);
		return acknowledged;
	}

	async #putBlock(request: Extract<Request, { type: 'put-block' }>, from: From): Promise<Reply> {
		const { blocks, heads } = this.#options;
		const { number, stripe, position, record } = request;
		const mistaken = this.#mistaken(readBlockHeader(record), request, from);
		if (mistaken !== undefined) return declined('malformed', mistaken);
		const stranger = this.#unagreed(from.peer);
		if (stranger !== undefined) return stranger;
		if (!heads.mayWrite(from.peer, from.instance)) return this.#fenced(from.peer);
		const block = { owner: from.peer, number, stripe, position, bytes: record.length };
		const put = (): Promise<void> => blocks.put(block, record);
		const admitted = await this.#admit(from.peer, record.length, put);
		if (admitted.kind === 'full') {
			// A block whose acknowledgement was lost comes again, and takes no further space.
			const [held] = await blocks.list(from.peer, number, 1);
			if (held?.number !== number) {
				this.#refused.add(from.peer);
				return declined('full', admitted.problem);
			}
			await put();
		}
		this.#options.onChange(from.peer);
		return acknowledged;
	}

	/** What is kept for owners that have been silent for long makes room for one that is not. */
	async #admit(owner: PeerId, bytes: number, put: () => Promise<void>): Promise<Admitted<void>> {
		const admitted = await this.#admission.admit(owner, bytes, put);
		if (admitted.kind === 'done') return admitted;
		for (const silent of this.#options.yielding()) {
			if ((await this.#options.blocks.usage(silent)).blocks === 0) continue;
			await this.discard(silent);
			const again = await this.#admission.admit(owner, bytes, put);
			if (again.kind === 'done') return again;
		}
		return admitted;
	}

	/** The answer to somebody without an agreement; undefined when there is one. */
	#unagreed(owner: PeerId): Reply | undefined {
		if (this.#options.agreedBytes(owner) > 0) return undefined;
		if (this.#options.awaitsAgreement(owner))
			return declined('busy', 'the agreement is on its way');
		return declined('no-agreement', 'there is no agreement between us');
	}

	/** Why a block is not the one that it should be. */
	#mistaken(
		header: BlockHeader,
		request: Extract<Request, { type: 'put-block' }>,
		from: From
	): string | undefined {
		if (header.owner !== from.peer) return 'a block of somebody else';
		if (header.partner !== this.#options.self) return 'a block for somebody else';
		const same =
			header.number === request.number &&
			header.stripe === request.stripe &&
			header.position === request.position;
		return same ? undefined : 'the block is not the one announced';
	}

	async #getBlock(
		{ number, purpose }: Extract<Request, { type: 'get-block' }>,
		from: From
	): Promise<Reply> {
		const { blocks, heads, budgets } = this.#options;
		const [held] = await blocks.list(from.peer, number, 1);
		if (held?.number !== number) return declined('not-held', `no block ${number}`);
		// Who comes as another instance than the one that wrote last has lost its disk, and draws from the reserve.
		const restoring = !heads.mayWrite(from.peer, from.instance);
		const refusal = await budgets.read(from.peer, { purpose, bytes: held.bytes, restoring });
		if (refusal !== undefined) return declined(refusal.reason, refusal.detail);
		const record = await blocks.get(from.peer, number);
		if (record !== undefined) return { type: 'block', record };
		return declined('not-held', `no block ${number}`);
	}

	async #listShelf(request: Extract<Request, { type: 'list-shelf' }>, from: From): Promise<Reply> {
		const limit = Math.min(request.limit, shelfPageMax);
		const held = await this.#options.blocks.list(from.peer, request.from, limit + 1);
		return {
			type: 'shelf',
			entries: held.slice(0, limit).map((b) => [b.number, b.stripe, b.position, b.bytes]),
			more: held.length > limit
		};
	}

	async #drop(request: Extract<Request, { type: 'drop' }>, from: From): Promise<Reply> {
		const { self, records, blocks } = this.#options;
		const order = decodeDropOrder(request.order);
		if (order.owner !== from.peer || order.partner !== self) {
			return declined('malformed', 'an order between others');
		}
		if (!verify(from.peer, 'drop', request.order, request.signature)) {
			return declined('malformed', 'the signature of the order is wrong');
		}
		if (!this.#options.heads.mayWrite(from.peer, from.instance)) return this.#fenced(from.peer);
		const shelf = await shelfRecord(records, from.peer);
		// Nothing is kept for somebody who has nothing here.
		if (this.#unagreed(from.peer) !== undefined && (await blocks.usage(from.peer)).blocks === 0) {
			return acknowledged;
		}
		if (order.version <= shelf.dropVersion) {
			return declined('conflict', `order ${order.version} is not after ${shelf.dropVersion}`);
		}
		// The version first: a crash between the two leaves blocks that a later order names again.
		await records.write([
			{ table: 'heldShelves', key: from.peer, put: { ...shelf, dropVersion: order.version } }
		]);
		await blocks.delete(from.peer, order.numbers);
		this.#options.onChange(from.peer);
		return acknowledged;
	}

	async #signShelf(request: Extract<Request, { type: 'sign-shelf' }>, from: From): Promise<Reply> {
		const { self, identity, records } = this.#options;
		const state = decodeShelfState(request.state);
		const own = { owner: from.peer, state };
		const { signature } = request;
		if (state.partner !== self || !verifyShelfSignature({ ...own, signer: 'owner', signature })) {
			return declined('malformed', 'the shelf state is not signed for this peer');
		}
		const stranger = this.#unagreed(from.peer);
		if (stranger !== undefined) return stranger;
		if (!this.#options.heads.mayWrite(from.peer, from.instance)) return this.#fenced(from.peer);
		const shelf = await shelfRecord(records, from.peer);
		const problem = outdated(state, shelf) ?? (await this.#disagreement(from.peer, state));
		if (problem !== undefined) return declined('conflict', problem);
		const partnerSignature = signShelfState(identity, from.peer, state);
		const signed = encodeSignedShelf({ state, ownerSignature: signature, partnerSignature });
		await records.write([
			{ table: 'heldShelves', key: from.peer, put: { ...shelf, state: signed } }
		]);
		return { type: 'signed', signature: partnerSignature };
	}

	/** Why the owner's account of its shelf is not ours; undefined when it is. */
	async #disagreement(owner: PeerId, state: ShelfState): Promise<string | undefined> {
		const held = await wholeShelf(this.#options.blocks, owner);
		const bytes = held.reduce((sum, block) => sum + block.bytes, 0);
		if (held.length !== state.liveCount || bytes !== state.liveBytes) {
			return `${held.length} blocks are held, not ${state.liveCount}`;
		}
		return equalBytes(liveHashOf(held), state.liveHash) ? undefined : 'other blocks are held';
	}

	#fenced(owner: PeerId): Reply {
		const newest = this.#options.heads.newest(owner);
		return newest === undefined ? declined('fenced', 'fenced') : fenced(newest.bytes);
	}
}

/** Why a state may not be signed after the last: every version is signed for one state only. */
function outdated(state: ShelfState, { state: signed }: HeldShelfRecord): string | undefined {
	if (signed === undefined) return undefined;
	const last = decodeSignedShelf(signed).state;
	if (state.version > last.version) return undefined;
	const same = equalBytes(encodeShelfState(state), encodeShelfState(last));
	return same ? undefined : `version ${state.version} is not after ${last.version}`;
}

type DeclineReason = Extract<Reply, { type: 'declined' }>['reason'];

function declined(reason: DeclineReason, detail: string): Reply {
	return { type: 'declined', reason, detail: detail.slice(0, 200) };
}

function fenced(head: Uint8Array): Reply {
	return {
		type: 'declined',
		reason: 'fenced',
		detail: 'a newer instance of you has taken over',
		head
	};
}
