/**
 * What stands between this peer and its partners (patent figure 5, first form): equal space both ways, both
 * sign, both store (docs/protocol/agreements.md). The decisions are in agreement.ts; whom to ask is in
 * partner-search.ts. Every change is on disk before anything is said or shown, and changes happen one after the
 * other, so that no space is promised twice.
 */
import { Listeners } from '../doorbell.ts';
import { Malformed } from '../failures.ts';
import { nameOf, type AgreementId, type CircleId, type PeerId } from '../identifiers.ts';
import type { Keyring } from '../keys/keyring.ts';
import type { Clock, Log, Random, Records, Unsubscribe } from '../ports.ts';
import type { AgreementRecord } from '../records.ts';
import { Turns } from '../turns.ts';
import type { Reply, Request } from '../wire/messages.ts';
import type { Session } from '../wire/session.ts';
import {
	agreedBytes,
	decodeAgreement,
	encodeAgreement,
	holdsOver,
	judgeProposal,
	proposalLifeMs,
	signAgreement,
	spaceStepBytes,
	verifyAgreement,
	type Agreement
} from './agreement.ts';
import { friendsPolicy } from './circle-policy.ts';
import { freeSlot, rendezvousSecret } from './rendezvous.ts';

/** Partners that a peer looks for where supply allows: 10 + 10. */
export const partnersMax = 20;
/** How long a partnership that the person ended is not taken up again. */
const refusalMs = 24 * 60 * 60_000;

export interface AgreementsOptions {
	readonly keyring: Keyring;
	readonly clock: Clock;
	readonly random: Random;
	readonly records: Records;
	readonly log: Log;
	readonly circles: () => readonly CircleId[];
	readonly lendBytes: () => number;
	/** False while the peer must not promise anything: restoring, or fenced. */
	readonly mayAgree: () => boolean;
}

/** 'unanswered': the proposal stands until it expires. */
export type ProposalOutcome = 'agreed' | 'declined' | 'unanswered';

type Line = Pick<Session, 'peer' | 'request'>;

export class Agreements {
	readonly #options: AgreementsOptions;
	readonly #records = new Map<PeerId, AgreementRecord>();
	readonly #changed = new Listeners<[AgreementRecord]>();
	readonly #ended = new Listeners<[PeerId]>();
	readonly #turns = new Turns<'change'>();

	private constructor(options: AgreementsOptions) {
		this.#options = options;
	}

	static async open(options: AgreementsOptions): Promise<Agreements> {
		const agreements = new Agreements(options);
		for (const [, record] of await options.records.scan('agreements')) {
			agreements.#records.set(record.partner, record);
		}
		return agreements;
	}

	all(): readonly AgreementRecord[] {
		return [...this.#records.values()];
	}

	/** Partners with an agreement that both signed, oldest first. */
	active(): readonly AgreementRecord[] {
		return this.all()
			.filter(({ state }) => state === 'active')
			.toSorted((a, b) => createdAt(a) - createdAt(b) || (a.partner < b.partner ? -1 : 1));
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
			await this.#turns.take('change', async () => {
				const slot = this.#slot(peer);
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

	/** Offers a peer an agreement, or repeats the offer that binds us. Resolves when it is clear what became of it. */
	async propose(line: Line, circle: CircleId, spaceBytes: number): Promise<ProposalOutcome> {
		const proposal = await this.#turns.take('change', () =>
			this.#draft(line.peer, circle, spaceBytes)
		);
		if (proposal === undefined) return 'declined';
		const { document, mySignature, slot } = proposal;
		let reply: Reply;
		try {
			reply = await line.request({
				type: 'propose',
				document,
				signature: mySignature,
				rendezvous: rendezvousSecret(this.#options.keyring, slot)
			});
		} catch (error) {
			this.#note(`proposal to ${line.peer.slice(0, 8)}: ${String(error)}`);
			return 'unanswered';
		}
		const outcome = await this.#turns.take('change', () => this.#conclude(proposal, reply));
		if (outcome === 'differs') await this.settle(line);
		return this.#records.get(line.peer)?.state === 'active' ? 'agreed' : settled(outcome);
	}

	/** A signed proposal, stored before it is sent: it binds. */
	async #draft(
		partner: PeerId,
		circle: CircleId,
		spaceBytes: number
	): Promise<AgreementRecord | undefined> {
		const { clock, random, keyring } = this.#options;
		const standing = this.#records.get(partner);
		if (standing !== undefined && this.binds(standing)) return standing;
		const slot = this.#slot(partner);
		const room = Math.min(spaceBytes, this.freeBytes());
		if (slot === undefined || standing?.state === 'active' || room < spaceStepBytes) {
			return undefined;
		}
		const now = clock.now();
		const agreement: Agreement = {
			id: nameOf<AgreementId>(random.bytes(16)),
			proposer: keyring.peer,
			acceptor: partner,
			spaceBytes: room,
			circle,
			...friendsPolicy,
			createdAt: now,
			expiresAt: now + proposalLifeMs
		};
		const record = { ...this.#signed(partner, encodeAgreement(agreement), slot), id: agreement.id };
		const proposed: AgreementRecord = { ...record, expiresAt: agreement.expiresAt };
		await this.#keep(proposed);
		return proposed;
	}

	/** 'differs': the partner may hold another document than we do. */
	async #conclude(proposal: AgreementRecord, reply: Reply): Promise<ProposalOutcome | 'differs'> {
		const { partner, document } = proposal;
		const current = this.#records.get(partner);
		if (reply.type === 'agreed' && verifyAgreement(partner, document, reply.signature)) {
			// While the answer was under way, the partner's own proposal may have been accepted.
			if (current?.id !== proposal.id) return 'differs';
			await this.#activate(proposal, reply.signature, reply.rendezvous);
			return 'agreed';
		}
		if (current?.id !== proposal.id) return 'declined';
		const why = reply.type === 'declined' ? reply.detail : 'its answer is not valid';
		this.#note(`${partner.slice(0, 8)} declined: ${why}`);
		if (reply.type === 'declined' && reply.reason === 'conflict') return 'differs';
		// Busy says nothing of whether it was accepted: the proposal binds on.
		if (reply.type === 'declined' && reply.reason === 'busy') return 'unanswered';
		await this.#forget(proposal);
		return 'declined';
	}

	/** Answers a proposal that came over a session. */
	serveProposal(
		request: Extract<Request, { type: 'propose' }>,
		from: Pick<Session, 'peer'>
	): Promise<Reply> {
		const proposal = readAgreement(request.document);
		if (proposal === undefined) {
			return Promise.resolve(declined('malformed', 'the proposal cannot be read'));
		}
		if (!verifyAgreement(from.peer, request.document, request.signature)) {
			return Promise.resolve(declined('malformed', 'the signature of the proposal is wrong'));
		}
		return this.#turns.take('change', () => this.#answer(proposal, request, from.peer));
	}

	async #answer(
		proposal: Agreement,
		request: Extract<Request, { type: 'propose' }>,
		from: PeerId
	): Promise<Reply> {
		const { keyring, clock, circles, mayAgree } = this.#options;
		if (!mayAgree()) return declined('busy', 'not ready for agreements');
		const decision = judgeProposal(proposal, {
			self: keyring.peer,
			from,
			now: clock.now(),
			circles: circles(),
			freeBytes: this.freeBytes(),
			standing: this.#records.get(from),
			partners: this.active().length,
			partnersMax,
			policy: friendsPolicy
		});
		if (decision.kind === 'decline') return declined(decision.reason, decision.detail);
		const slot = this.#slot(from);
		if (slot === undefined) return declined('unwilling', 'enough partners already');
		const record =
			decision.kind === 'repeat'
				? decision.record
				: await this.#activate(
						{ ...this.#signed(from, request.document, slot), id: proposal.id },
						request.signature,
						request.rendezvous
					);
		return {
			type: 'agreed',
			signature: record.mySignature,
			rendezvous: rendezvousSecret(keyring, record.slot)
		};
	}

	/** What both signed, as the partner needs it after it lost its disk. */
	serveAgreement(from: Pick<Session, 'peer'>): Reply {
		const record = this.#records.get(from.peer);
		if (record?.state === 'ended') return declined('unwilling', 'the agreement was ended here');
		if (record?.state !== 'active' || record.theirSignature === undefined) {
			return declined('no-agreement', 'there is no agreement between us');
		}
		return {
			type: 'agreement',
			document: record.document,
			holderSignature: record.mySignature,
			askerSignature: record.theirSignature,
			rendezvous: rendezvousSecret(this.#options.keyring, record.slot)
		};
	}

	/**
	 * Makes both ends hold the same, whatever crashes, lost answers and lost disks left: asks the partner for what it
	 * holds. Rejects when the line is lost.
	 */
	async settle(line: Line): Promise<'settled' | 'busy'> {
		const reply = await line.request({ type: 'get-agreement' });
		if (reply.type === 'declined' && reply.reason === 'busy') return 'busy';
		await this.#turns.take('change', async () => {
			if (reply.type === 'agreement') return this.#adopt(line.peer, reply);
			const record = this.#records.get(line.peer);
			if (record === undefined) return;
			if (reply.reason === 'unwilling' && isMutual(record)) await this.#end(record);
			else if (record.state === 'proposed' && !this.binds(record)) await this.#forget(record);
		});
		return 'settled';
	}

	/** Takes an agreement up that this peer signed: it proves itself by both signatures. */
	async #adopt(partner: PeerId, shown: Extract<Reply, { type: 'agreement' }>): Promise<void> {
		const { document, holderSignature, askerSignature, rendezvous } = shown;
		const agreement = readAgreement(document);
		const self = this.#options.keyring.peer;
		const slot = this.#slot(partner);
		if (agreement === undefined || slot === undefined) return;
		const ends = [agreement.proposer, agreement.acceptor];
		if (!ends.includes(self) || !ends.includes(partner)) return;
		if (!verifyAgreement(partner, document, holderSignature)) return;
		if (!verifyAgreement(self, document, askerSignature)) return;
		const current = this.#records.get(partner);
		if (current?.state === 'ended' && current.id === agreement.id) return;
		if (current?.state === 'active') {
			const ours = decodeAgreement(current.document);
			if (ours.id === agreement.id || holdsOver(ours, agreement)) return;
		}
		const record = { ...this.#signed(partner, document, slot), id: agreement.id };
		await this.#activate(record, holderSignature, rendezvous);
	}

	/** Ends an agreement by hand. What lies at the partner is no longer counted on. */
	end(partner: PeerId): Promise<void> {
		return this.#turns.take('change', async () => {
			const record = this.#records.get(partner);
			if (record === undefined || record.state === 'ended') return;
			await this.#end({ ...record, refusedUntil: this.#options.clock.now() + refusalMs });
		});
	}

	/** Remembers that a partner was there. */
	seen(partner: PeerId): Promise<void> {
		return this.#turns.take('change', async () => {
			const record = this.#records.get(partner);
			if (record?.state !== 'active') return;
			await this.#store({ ...record, lastSeenAt: this.#options.clock.now() });
		});
	}

	#signed(partner: PeerId, document: Uint8Array, slot: number): Omit<AgreementRecord, 'id'> {
		const mySignature = signAgreement(this.#options.keyring.identity, document);
		return { partner, state: 'proposed', document, slot, mySignature };
	}

	async #activate(
		record: AgreementRecord,
		theirSignature: Uint8Array,
		theirRendezvous: Uint8Array
	): Promise<AgreementRecord> {
		const { expiresAt: _expiresAt, ...lasting } = record;
		const active: AgreementRecord = {
			...lasting,
			state: 'active',
			theirSignature,
			theirRendezvous,
			lastSeenAt: this.#options.clock.now()
		};
		await this.#keep(active);
		return active;
	}

	async #end(record: AgreementRecord): Promise<void> {
		await this.#keep({ ...record, state: 'ended' });
		if (isMutual(record)) this.#ended.tell(record.partner);
	}

	async #keep(record: AgreementRecord): Promise<void> {
		await this.#store(record);
		this.#changed.tell(record);
	}

	async #store(record: AgreementRecord): Promise<void> {
		await this.#options.records.write([{ table: 'agreements', key: record.partner, put: record }]);
		this.#records.set(record.partner, record);
	}

	async #forget(record: AgreementRecord): Promise<void> {
		await this.#options.records.write([{ table: 'agreements', key: record.partner, remove: true }]);
		this.#records.delete(record.partner);
		this.#changed.tell({ ...record, state: 'ended' });
	}

	/** The slot that a partner has, or a free one. What ended or expired holds none. */
	#slot(partner: PeerId): number | undefined {
		const holds = (record: AgreementRecord): boolean => isMutual(record) || this.binds(record);
		const known = this.#records.get(partner);
		if (known !== undefined && holds(known)) return known.slot;
		return freeSlot(
			this.all()
				.filter(holds)
				.map(({ slot }) => slot)
		);
	}

	#note(text: string): void {
		this.#options.log.write('info', text);
	}
}

/** Both signed it, as far as is known. */
function isMutual({ state }: AgreementRecord): boolean {
	return state === 'active' || state === 'remembered';
}

function settled(outcome: ProposalOutcome | 'differs'): ProposalOutcome {
	return outcome === 'unanswered' ? outcome : 'declined';
}

function createdAt(record: AgreementRecord): number {
	return decodeAgreement(record.document).createdAt;
}

/** Undefined when it is not one. */
function readAgreement(document: Uint8Array): Agreement | undefined {
	try {
		return decodeAgreement(document);
	} catch (error) {
		if (error instanceof Malformed) return undefined;
		throw error;
	}
}

function declined(reason: Extract<Reply, { type: 'declined' }>['reason'], detail: string): Reply {
	return { type: 'declined', reason, detail };
}
