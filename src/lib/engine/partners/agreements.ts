/**
 * What stands between this peer and its partners: agreements, proposals of ours that bind, and what ended. Every
 * change is on disk before anything is said or shown, and changes happen one after the other, so that no space is
 * promised twice. What is said about them is in negotiation.ts; whom to ask is in partner-search.ts.
 */
import { Listeners } from '../doorbell.ts';
import type { AgreementId, PeerId } from '../identifiers.ts';
import type { Keyring } from '../keys/keyring.ts';
import type { Clock, Records, Unsubscribe } from '../ports.ts';
import type { AgreementRecord } from '../records.ts';
import { Turns } from '../turns.ts';
import {
	agreedBytes,
	agreementOf,
	decodeAgreement,
	encodeAgreement,
	signAgreement,
	type Agreement
} from './agreement.ts';
import { freeSlot } from './rendezvous.ts';

/** Partners that a peer looks for where supply allows: 10 + 10. */
export const partnersMax = 20;
/** How long a partnership that the person ended is not taken up again. */
const refusalMs = 24 * 60 * 60_000;

export interface AgreementsOptions {
	readonly keyring: Keyring;
	readonly clock: Clock;
	readonly records: Records;
	readonly lendBytes: () => number;
	/** Why nothing is to be agreed with a peer: its track record. */
	readonly objectionTo: (peer: PeerId) => string | undefined;
}

/** What the other side gives with its signature. */
export interface Countersigned {
	readonly signature: Uint8Array;
	readonly rendezvous: Uint8Array;
}

export class Agreements {
	readonly #options: AgreementsOptions;
	readonly #records = new Map<PeerId, AgreementRecord>();
	/** Asked for all the time, and sorted by what stands in the documents: kept until a record changes. */
	#active: readonly AgreementRecord[] | undefined;
	readonly #changed = new Listeners<[AgreementRecord]>();
	readonly #ended = new Listeners<[PeerId]>();
	readonly #turns = new Turns<'change'>();
	readonly #blocked = new Set<PeerId>();

	private constructor(options: AgreementsOptions) {
		this.#options = options;
	}

	static async open(options: AgreementsOptions): Promise<Agreements> {
		const agreements = new Agreements(options);
		for (const [, record] of await options.records.scan('agreements')) {
			agreements.#records.set(record.partner, record);
		}
		for (const [peer] of await options.records.scan('blocked')) {
			agreements.#blocked.add(peer as PeerId);
		}
		return agreements;
	}

	all(): readonly AgreementRecord[] {
		return [...this.#records.values()];
	}

	/** Partners with an agreement that both signed, oldest first. */
	active(): readonly AgreementRecord[] {
		this.#active ??= this.all()
			.filter(({ state }) => state === 'active')
			.map((record) => ({ record, at: agreementOf(record).createdAt }))
			.toSorted((a, b) => a.at - b.at || (a.record.partner < b.record.partner ? -1 : 1))
			.map(({ record }) => record);
		return this.#active;
	}

	/** Partners that a head names and whose document this disk lost. */
	remembered(): readonly AgreementRecord[] {
		return this.all().filter(({ state }) => state === 'remembered');
	}

	with(peer: PeerId): AgreementRecord | undefined {
		return this.#records.get(peer);
	}

	/** Space promised to an owner; 0 without an active agreement. */
	spaceFor(owner: PeerId): number {
		const record = this.#records.get(owner);
		return record?.state === 'active' ? agreedBytes(record) : 0;
	}

	/** Whether an agreement with this peer may be active in a moment: its answer or its document is on the way. */
	awaits(peer: PeerId): boolean {
		const record = this.#records.get(peer);
		return record?.state === 'remembered' || (record !== undefined && this.binds(record));
	}

	/** Whether this is a proposal of ours that has not expired. */
	binds({ state, expiresAt = 0 }: AgreementRecord): boolean {
		return state === 'proposed' && expiresAt > this.#options.clock.now();
	}

	/** Space lent and promised to nobody. */
	freeBytes(): number {
		const promised = this.all()
			.filter((record) => record.state === 'active' || this.binds(record))
			.reduce((sum, record) => sum + agreedBytes(record), 0);
		return Math.max(0, this.#options.lendBytes() - promised);
	}

	/** The slot that a partner has, or a free one. What ended or expired holds none. */
	slotFor(partner: PeerId): number | undefined {
		const holds = (record: AgreementRecord): boolean => isMutual(record) || this.binds(record);
		const known = this.#records.get(partner);
		if (known !== undefined && holds(known)) return known.slot;
		return freeSlot(
			this.all()
				.filter(holds)
				.map(({ slot }) => slot)
		);
	}

	onChange(listener: (record: AgreementRecord) => void): Unsubscribe {
		return this.#changed.add(listener);
	}

	/** An agreement that was active holds no more, whichever side ended it. */
	onEnded(listener: (partner: PeerId) => void): Unsubscribe {
		return this.#ended.add(listener);
	}

	/** Takes the partners of a head over: their documents come back when they are met. */
	async remember(
		partners: readonly { readonly peer: PeerId; readonly agreement: AgreementId }[]
	): Promise<void> {
		for (const { peer, agreement } of partners) {
			await this.change(async () => {
				const slot = this.slotFor(peer);
				if (slot === undefined || this.#records.get(peer)?.state === 'active') return;
				const nothing = new Uint8Array(0);
				await this.#keep({
					id: agreement,
					partner: peer,
					state: 'remembered',
					document: nothing,
					slot,
					mySignature: nothing
				});
			});
		}
	}

	/** Ends an agreement by hand. What lies at the partner is no longer counted on. */
	end(partner: PeerId): Promise<void> {
		return this.change(async () => {
			const record = this.#records.get(partner);
			if (record === undefined || record.state === 'ended') return;
			await this.#end({ ...record, refusedUntil: this.#options.clock.now() + refusalMs });
		});
	}

	/**
	 * Ends an agreement that one side reneged on. Nothing new is agreed with that peer before `refusedUntil`. Another
	 * agreement than the named one is left alone.
	 */
	letGo(
		partner: PeerId,
		agreement: AgreementId,
		{ endedFor, refusedUntil }: Required<Pick<AgreementRecord, 'endedFor' | 'refusedUntil'>>
	): Promise<void> {
		return this.change(async () => {
			const record = this.#records.get(partner);
			if (record?.state !== 'active' || record.id !== agreement) return;
			await this.#end({ ...record, endedFor, refusedUntil });
		});
	}

	/** Whether a peer is looked for and may be proposed to. */
	isWelcome(peer: PeerId): boolean {
		const standing = this.#records.get(peer);
		if (standing?.state === 'active' || this.isBlocked(peer)) return false;
		if ((standing?.refusedUntil ?? 0) > this.#options.clock.now()) return false;
		return this.objectionTo(peer) === undefined;
	}

	/** Why nothing is to be agreed with a peer: what others say of it. */
	objectionTo(peer: PeerId): string | undefined {
		return this.#options.objectionTo(peer);
	}

	/** Ends what stands with a peer, and agrees on nothing with it any more, in whatever circle, until it is unblocked. */
	async block(peer: PeerId): Promise<void> {
		await this.change(async () => {
			const put = { blockedAt: this.#options.clock.now() };
			await this.#options.records.write([{ table: 'blocked', key: peer, put }]);
			this.#blocked.add(peer);
		});
		await this.end(peer);
	}

	unblock(peer: PeerId): Promise<void> {
		return this.change(async () => {
			await this.#options.records.write([{ table: 'blocked', key: peer, remove: true }]);
			this.#blocked.delete(peer);
		});
	}

	isBlocked(peer: PeerId): boolean {
		return this.#blocked.has(peer);
	}

	/** In the order of their names. */
	blocked(): readonly PeerId[] {
		return [...this.#blocked].toSorted();
	}

	/** A broker says in which network a partner is. */
	locate(partner: PeerId, prefix: Uint8Array): Promise<void> {
		return this.change(async () => {
			const record = this.#records.get(partner);
			if (record?.state === 'active') await this.#store({ ...record, prefix });
		});
	}

	/** Remembers that a partner was there. */
	seen(partner: PeerId): Promise<void> {
		return this.change(async () => {
			const record = this.#records.get(partner);
			if (record?.state !== 'active') return;
			await this.#store({ ...record, lastSeenAt: this.#options.clock.now() });
		});
	}

	/** Keeps what became of a partnership on its way to its end. Nothing without a record of that agreement. */
	note(
		{ partner, id }: Pick<AgreementRecord, 'partner' | 'id'>,
		change: Pick<AgreementRecord, 'leavingSince' | 'told' | 'released'>
	): Promise<void> {
		return this.change(async () => {
			const record = this.#records.get(partner);
			if (record?.id === id) await this.#keep({ ...record, ...change });
		});
	}

	/** Runs work that changes agreements once all such work before it has ended. */
	change<T>(work: () => Promise<T>): Promise<T> {
		return this.#turns.take('change', work);
	}

	/** Within `change`: keeps our signed proposal, which binds from here on. Undefined when no slot is free. */
	async bind(agreement: Agreement): Promise<AgreementRecord | undefined> {
		const { id, acceptor, expiresAt } = agreement;
		const slot = this.slotFor(acceptor);
		if (slot === undefined) return undefined;
		const proposed = {
			...this.#signed(id, acceptor, encodeAgreement(agreement), slot),
			expiresAt
		};
		await this.#keep(proposed);
		return proposed;
	}

	/** Within `change`: both signed this document. Undefined when no slot is free. */
	async activate(
		partner: PeerId,
		document: Uint8Array,
		theirs: Countersigned
	): Promise<AgreementRecord | undefined> {
		const { id } = decodeAgreement(document);
		const own = this.#records.get(partner);
		// The slot of our own proposal was named in it: it stays, even where the answer came late.
		const slot = own?.id === id ? own.slot : this.slotFor(partner);
		if (slot === undefined) return undefined;
		const active: AgreementRecord = {
			...this.#signed(id, partner, document, slot),
			state: 'active',
			theirSignature: theirs.signature,
			theirRendezvous: theirs.rendezvous,
			lastSeenAt: this.#options.clock.now(),
			...(own?.prefix === undefined ? {} : { prefix: own.prefix })
		};
		await this.#keep(active);
		return active;
	}

	/** Within `change`: a proposal of ours came to nothing. */
	async forget(record: AgreementRecord): Promise<void> {
		await this.#options.records.write([{ table: 'agreements', key: record.partner, remove: true }]);
		this.#records.delete(record.partner);
		this.#active = undefined;
		this.#changed.tell({ ...record, state: 'ended' });
	}

	/** Within `change`: the partner says that it ended the agreement. */
	async endedThere(record: AgreementRecord): Promise<void> {
		if (isMutual(record)) await this.#end(record);
	}

	#signed(
		id: AgreementId,
		partner: PeerId,
		document: Uint8Array,
		slot: number
	): AgreementRecord & { readonly state: 'proposed' } {
		const mySignature = signAgreement(this.#options.keyring.identity, document);
		return { id, partner, state: 'proposed', document, slot, mySignature };
	}

	async #end(record: AgreementRecord): Promise<void> {
		await this.#keep({ ...record, state: 'ended', endedAt: this.#options.clock.now() });
		if (isMutual(record)) this.#ended.tell(record.partner);
	}

	async #keep(record: AgreementRecord): Promise<void> {
		await this.#store(record);
		this.#changed.tell(record);
	}

	async #store(record: AgreementRecord): Promise<void> {
		await this.#options.records.write([{ table: 'agreements', key: record.partner, put: record }]);
		this.#records.set(record.partner, record);
		this.#active = undefined;
	}
}

/** Both signed it, as far as is known. */
function isMutual({ state }: AgreementRecord): boolean {
	return state === 'active' || state === 'remembered';
}
