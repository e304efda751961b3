/**
 * Finding partners and agreeing with them (patent figure 5, first form): members of the same circles, equal space
 * both ways, both sign, both store. The decisions are in agreement.ts; this is the flow around them.
 */
import { Doorbell, Listeners } from '../doorbell.ts';
import { nameOf, type AgreementId, type CircleId, type PeerId } from '../identifiers.ts';
import type { Keyring } from '../keys/keyring.ts';
import type { Broker, Candidate, Clock, Log, Random, Records, Unsubscribe } from '../ports.ts';
import type { AgreementRecord } from '../records.ts';
import type { Reply, Request } from '../wire/messages.ts';
import type { Session } from '../wire/session.ts';
import { readAdvert } from './advert.ts';
import {
	decodeAgreement,
	encodeAgreement,
	judgeProposal,
	proposalLifeMs,
	quantisedSpace,
	signAgreement,
	spaceStepBytes,
	verifyAgreement,
	agreedBytes,
	type Agreement
} from './agreement.ts';
import { friendsPolicy } from './circle-policy.ts';
import type { Lines } from './lines.ts';
import { freeSlot, rendezvousSecret } from './rendezvous.ts';

/** Partners that a peer looks for where supply allows: 10 + 10. */
export const partnersMax = 20;
/** The lent space is cut into at least this many shares, so that the first partner does not get all of it. */
const sharesMin = 8;
const seekEveryMs = 10_000;
const declinedPauseMs = 5 * 60_000;
const unreachablePauseMs = 20_000;
const sampleCount = 32;

export interface AgreementsOptions {
	readonly keyring: Keyring;
	readonly clock: Clock;
	readonly random: Random;
	readonly records: Records;
	readonly broker: Broker;
	readonly lines: Lines;
	readonly log: Log;
	readonly circles: () => readonly CircleId[];
	readonly lendBytes: () => number;
	/** False while the peer must not promise anything: restoring, or fenced. */
	readonly mayAgree: () => boolean;
}

export class Agreements {
	readonly #options: AgreementsOptions;
	readonly #records = new Map<PeerId, AgreementRecord>();
	/** Not asked again before. */
	readonly #notBefore = new Map<PeerId, number>();
	readonly #changed = new Listeners<[AgreementRecord]>();
	readonly #doorbell = new Doorbell();
	/** Members of our circles seen at the last look, ourselves left out. */
	#circleSize = 0;

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

	/** Takes the partners of a head over: their documents come back when they are met. */
	async remember(
		partners: readonly { readonly peer: PeerId; readonly agreement: AgreementId }[]
	): Promise<void> {
		for (const { peer, agreement } of partners) {
			const slot = this.#slot(peer);
			if (slot === undefined || this.#records.get(peer)?.state === 'active') continue;
			await this.#keep({
				id: agreement,
				partner: peer,
				state: 'remembered',
				document: new Uint8Array(0),
				slot,
				mySignature: new Uint8Array(0)
			});
		}
	}

	/** Asks a remembered partner for the document. False when there is none, or it is not ours. */
	async recall(line: Session): Promise<boolean> {
		const reply = await line.request({ type: 'get-agreement' });
		return reply.type === 'agreement' && this.adopt(line.peer, reply);
	}

	with(peer: PeerId): AgreementRecord | undefined {
		return this.#records.get(peer);
	}

	/** Space promised to an owner; 0 without an active agreement. */
	spaceFor(owner: PeerId): number {
		const record = this.#records.get(owner);
		return record?.state === 'active' ? agreedBytes(record) : 0;
	}

	onChange(listener: (record: AgreementRecord) => void): Unsubscribe {
		return this.#changed.add(listener);
	}

	/** The space we would agree on with one more partner. */
	share(): number {
		if (!this.#options.mayAgree()) return 0;
		const shares = Math.min(partnersMax, Math.max(sharesMin, this.#circleSize));
		const share = quantisedSpace(this.#options.lendBytes() / shares);
		return Math.min(share, quantisedSpace(this.#freeBytes()));
	}

	#freeBytes(): number {
		const now = this.#options.clock.now();
		const promised = this.all()
			.filter((r) => r.state === 'active' || (r.state === 'proposed' && (r.expiresAt ?? 0) > now))
			.reduce((sum, record) => sum + agreedBytes(record), 0);
		return Math.max(0, this.#options.lendBytes() - promised);
	}

	/** Members of our circles that are on line and not partners yet, as of the last look. */
	get strangers(): number {
		return Math.max(0, this.#circleSize - this.active().length);
	}

	/** Something changed that may make new partners possible: a broker, a circle, the space lent. */
	look(): void {
		this.#doorbell.ring();
	}

	/** Looks for partners until the signal is aborted. */
	async seek(signal: AbortSignal): Promise<void> {
		while (!signal.aborted) {
			if (this.#options.mayAgree() && this.active().length < partnersMax) {
				await this.#round(signal);
			}
			await this.#doorbell.wait(this.#options.clock, seekEveryMs, signal);
		}
	}

	async #round(signal: AbortSignal): Promise<void> {
		const { broker, circles, random } = this.#options;
		let size = 0;
		for (const circle of circles()) {
			const found = await broker.sample(circle, sampleCount);
			const others = found.filter(({ peer }) => peer !== this.#options.keyring.peer);
			size = Math.max(size, new Set(others.map(({ peer }) => peer)).size);
			this.#circleSize = size;
			for (const candidate of shuffled(others, random)) {
				if (signal.aborted || this.active().length >= partnersMax) return;
				await this.#consider(candidate, circle);
			}
		}
	}

	async #consider(candidate: Candidate, circle: CircleId): Promise<void> {
		const { clock, lines } = this.#options;
		const { peer } = candidate;
		const now = clock.now();
		const standing = this.#records.get(peer);
		if (standing?.state === 'active') return;
		if ((this.#notBefore.get(peer) ?? 0) > now) return;
		const theirs = readAdvert(peer, candidate.advert)?.shareBytes ?? 0;
		const pending = standing?.state === 'proposed' && (standing.expiresAt ?? 0) > now;
		const spaceBytes = Math.min(theirs, this.share());
		if (!pending && spaceBytes < spaceStepBytes) return;
		const line = lines.line(peer) ?? (await lines.dial(candidate.address, peer));
		if (line === undefined) {
			this.#notBefore.set(peer, clock.now() + unreachablePauseMs);
			return;
		}
		const proposal = pending ? standing : await this.#draft(peer, circle, spaceBytes);
		if (proposal !== undefined) await this.#propose(proposal, line);
	}

	/** A signed proposal, stored before it is sent: it binds. */
	async #draft(
		partner: PeerId,
		circle: CircleId,
		spaceBytes: number
	): Promise<AgreementRecord | undefined> {
		const { clock, random, keyring } = this.#options;
		const slot = this.#slot(partner);
		if (slot === undefined || this.#records.get(partner)?.state === 'active') return undefined;
		const now = clock.now();
		const agreement: Agreement = {
			id: nameOf<AgreementId>(random.bytes(16)),
			proposer: keyring.peer,
			acceptor: partner,
			spaceBytes,
			circle,
			...friendsPolicy,
			createdAt: now,
			expiresAt: now + proposalLifeMs
		};
		const document = encodeAgreement(agreement);
		const record: AgreementRecord = {
			id: agreement.id,
			partner,
			state: 'proposed',
			document,
			slot,
			mySignature: signAgreement(keyring.identity, document),
			expiresAt: agreement.expiresAt
		};
		await this.#keep(record);
		return record;
	}

	async #propose(proposal: AgreementRecord, line: Session): Promise<void> {
		const { keyring, clock, log } = this.#options;
		const { partner, document, mySignature, slot } = proposal;
		let reply: Reply;
		try {
			reply = await line.request({
				type: 'propose',
				document,
				signature: mySignature,
				rendezvous: rendezvousSecret(keyring, slot)
			});
		} catch (error) {
			log.write('info', `proposal to ${partner.slice(0, 8)}: ${String(error)}`);
			return;
		}
		// While the answer was under way, the partner's own proposal may have been accepted.
		if (this.#records.get(partner)?.id !== proposal.id) return;
		if (reply.type === 'agreed' && verifyAgreement(partner, document, reply.signature)) {
			await this.#activate(proposal, reply.signature, reply.rendezvous);
			return;
		}
		const why = reply.type === 'declined' ? reply.detail : 'its answer is not valid';
		log.write('info', `${partner.slice(0, 8)} declined: ${why}`);
		this.#notBefore.set(partner, clock.now() + declinedPauseMs);
		await this.#forget(proposal);
	}

	/** Answers a proposal that came over a session. */
	async serveProposal(
		request: Extract<Request, { type: 'propose' }>,
		from: Pick<Session, 'peer'>
	): Promise<Reply> {
		const { keyring, clock, circles, mayAgree } = this.#options;
		const proposal = decodeAgreement(request.document);
		if (!verifyAgreement(from.peer, request.document, request.signature)) {
			return declined('malformed', 'the signature of the proposal is wrong');
		}
		if (!mayAgree()) return declined('busy', 'not ready for agreements');
		const decision = judgeProposal(proposal, {
			self: keyring.peer,
			from: from.peer,
			now: clock.now(),
			circles: circles(),
			freeBytes: this.#freeBytes(),
			standing: this.#records.get(from.peer),
			partners: this.active().length,
			partnersMax,
			policy: friendsPolicy
		});
		if (decision.kind === 'decline') return declined(decision.reason, decision.detail);
		const record =
			decision.kind === 'repeat' ? decision.record : await this.#accept(request, from, proposal);
		if (record === undefined) return declined('unwilling', 'enough partners already');
		return {
			type: 'agreed',
			signature: record.mySignature,
			rendezvous: rendezvousSecret(keyring, record.slot)
		};
	}

	async #accept(
		request: Extract<Request, { type: 'propose' }>,
		from: Pick<Session, 'peer'>,
		proposal: Agreement
	): Promise<AgreementRecord | undefined> {
		const slot = this.#slot(from.peer);
		if (slot === undefined) return undefined;
		const record: AgreementRecord = {
			id: proposal.id,
			partner: from.peer,
			state: 'proposed',
			document: request.document,
			slot,
			mySignature: signAgreement(this.#options.keyring.identity, request.document)
		};
		return this.#activate(record, request.signature, request.rendezvous);
	}

	/** What both signed, as the partner needs it after it lost its disk. */
	serveAgreement(from: Pick<Session, 'peer'>): Reply {
		const record = this.#records.get(from.peer);
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

	/** Takes an agreement back that this peer signed before it lost its disk. False when it is not one. */
	async adopt(partner: PeerId, shown: Extract<Reply, { type: 'agreement' }>): Promise<boolean> {
		const { document, holderSignature, askerSignature, rendezvous } = shown;
		const agreement = decodeAgreement(document);
		const ends = [agreement.proposer, agreement.acceptor];
		const self = this.#options.keyring.peer;
		const slot = this.#slot(partner);
		if (!ends.includes(self) || !ends.includes(partner) || slot === undefined) return false;
		if (!verifyAgreement(partner, document, holderSignature)) return false;
		if (!verifyAgreement(self, document, askerSignature)) return false;
		const record: AgreementRecord = {
			id: agreement.id,
			partner,
			state: 'proposed',
			document,
			slot,
			mySignature: askerSignature
		};
		await this.#activate(record, holderSignature, rendezvous);
		return true;
	}

	/** Ends an agreement by hand. What lies at the partner is no longer counted on. */
	async end(partner: PeerId): Promise<void> {
		const record = this.#records.get(partner);
		if (record === undefined) return;
		this.#notBefore.set(partner, this.#options.clock.now() + 24 * 60 * 60_000);
		await this.#keep({ ...record, state: 'ended' });
	}

	/** Remembers that a partner was there. */
	async seen(partner: PeerId): Promise<void> {
		const record = this.#records.get(partner);
		if (record?.state !== 'active') return;
		await this.#store({ ...record, lastSeenAt: this.#options.clock.now() });
	}

	async #activate(
		record: AgreementRecord,
		theirSignature: Uint8Array,
		theirRendezvous: Uint8Array
	): Promise<AgreementRecord> {
		const active: AgreementRecord = {
			...record,
			state: 'active',
			theirSignature,
			theirRendezvous,
			lastSeenAt: this.#options.clock.now()
		};
		await this.#keep(active);
		return active;
	}

	async #keep(record: AgreementRecord): Promise<void> {
		await this.#store(record);
		this.#changed.tell(record);
	}

	async #store(record: AgreementRecord): Promise<void> {
		this.#records.set(record.partner, record);
		await this.#options.records.write([{ table: 'agreements', key: record.partner, put: record }]);
	}

	async #forget(record: AgreementRecord): Promise<void> {
		this.#records.delete(record.partner);
		await this.#options.records.write([{ table: 'agreements', key: record.partner, remove: true }]);
		this.#changed.tell({ ...record, state: 'ended' });
	}

	#slot(partner: PeerId): number | undefined {
		const known = this.#records.get(partner)?.slot;
		return known ?? freeSlot(this.all().map(({ slot }) => slot));
	}
}

function createdAt(record: AgreementRecord): number {
	return decodeAgreement(record.document).createdAt;
}

function declined(reason: Extract<Reply, { type: 'declined' }>['reason'], detail: string): Reply {
	return { type: 'declined', reason, detail };
}

/** Fisher and Yates; 32 random bits against at most 32 candidates leave no bias worth naming. */
function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
	const left = [...items];
	const drawn: T[] = [];
	while (left.length > 0) {
		const word = new DataView(random.bytes(4).buffer).getUint32(0);
		drawn.push(...left.splice(word % left.length, 1));
	}
	return drawn;
}
