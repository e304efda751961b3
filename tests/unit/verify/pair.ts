/**
 * An owner and a partner with an agreement and a few blocks, and the line between them: what goes over it is encoded
 * and decoded, and can get lost; either side can restart from its disk.
 */
import { decodeSignedShelf } from '../../../src/lib/engine/archive/head.ts';
import { sealBlock } from '../../../src/lib/engine/coding/block.ts';
import { LinkClosed } from '../../../src/lib/engine/failures.ts';
import { Answering } from '../../../src/lib/engine/hosting/answering.ts';
import { Budgets } from '../../../src/lib/engine/hosting/budgets.ts';
import { HeldHeads } from '../../../src/lib/engine/hosting/held-heads.ts';
import { Hosting } from '../../../src/lib/engine/hosting/hosting.ts';
import {
	nameOf,
	type InstanceId,
	type PeerId,
	type StripeId
} from '../../../src/lib/engine/identifiers.ts';
import type { Agreement } from '../../../src/lib/engine/partners/agreement.ts';
import { Holdings } from '../../../src/lib/engine/partners/holdings.ts';
import { drop, signShelf, type MeetingContext } from '../../../src/lib/engine/partners/meeting.ts';
import { ShelfNumbers } from '../../../src/lib/engine/partners/shelf-numbers.ts';
import type { RecordChange, Records } from '../../../src/lib/engine/ports.ts';
import { usualSchedule } from '../../../src/lib/engine/verify/budget.ts';
import {
	challenge,
	type ChallengeContext,
	type ChallengeOutcome
} from '../../../src/lib/engine/verify/challenges.ts';
import type { Check } from '../../../src/lib/engine/verify/observation.ts';
import { proofQuestion, proveShelf } from '../../../src/lib/engine/verify/shelf-proof.ts';
import { Tosses } from '../../../src/lib/engine/verify/tosses.ts';
import {
	decodeReply,
	decodeRequest,
	encodeMessage,
	type Reply,
	type ReplyTo,
	type Request
} from '../../../src/lib/engine/wire/messages.ts';
import type { Session } from '../../../src/lib/engine/wire/session.ts';
import { MemoryBlockStore } from '../../doubles/blocks.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import { SeededRandom } from '../../doubles/random.ts';
import { MemoryRecords, RecordDisk } from '../../doubles/records.ts';
import { codingTools } from '../coding/tools.ts';
import { agreement, high as partner, low as owner, silent } from '../partners/people.ts';

export { owner, partner };

/** Records of a machine that may stop: then it neither writes nor goes on. */
class MortalRecords extends MemoryRecords {
	/** Writes that still come through. */
	writesLeft = Infinity;
	onDeath: () => void = () => undefined;
	override write(changes: readonly RecordChange[]): ReturnType<Records['write']> {
		if (this.writesLeft <= 0) {
			this.onDeath();
			return new Promise(() => undefined);
		}
		this.writesLeft--;
		return super.write(changes);
	}
}

/** What becomes of a message. */
export type Fate = 'arrives' | 'question lost' | 'answer lost';
export type Answerer = (request: Request, honest: () => Promise<Reply>) => Promise<Reply>;

export const instance = nameOf<InstanceId>(new Uint8Array(16).fill(1));
const geometry = { m: 1, k: 1, blockBytes: 1024 };
const tools = { ...codingTools(), keyring: owner };

export class Pair {
	readonly clock = new VirtualClock(2_000_000);
	readonly random: SeededRandom;
	readonly agreement: Agreement;
	readonly blocks = new MemoryBlockStore();
	readonly disks = { owner: new RecordDisk(), partner: new RecordDisk() };
	/** Every request that reached the partner. */
	readonly heard: Request[] = [];
	/** The fate of the next messages, in order. */
	fates: Fate[] = [];
	/** What the partner does instead of what it should. */
	manner: Answerer = (_request, honest) => honest();
	answering!: Answering;
	hosting!: Hosting;
	tosses!: Tosses;
	holdings!: Holdings;
	numbers!: ShelfNumbers;
	ownerRecords!: MortalRecords;
	partnerRecords!: MortalRecords;
	/** Losses that the partner noticed. */
	losses: (readonly number[])[] = [];

	private constructor(seed: string, change: Partial<Agreement>) {
		this.random = new SeededRandom(seed);
		this.agreement = agreement(change);
	}

	static async make(seed: string, blocks = 5, change: Partial<Agreement> = {}): Promise<Pair> {
		const pair = new Pair(seed, change);
		await pair.startOwner();
		await pair.startPartner();
		for (let i = 0; i < blocks; i++) await pair.store();
		return pair;
	}

	async startOwner(): Promise<void> {
		this.ownerRecords = new MortalRecords(this.disks.owner);
		this.tosses = await Tosses.open(this.ownerRecords);
		this.holdings = await Holdings.open(this.ownerRecords);
		this.numbers = new ShelfNumbers(this.ownerRecords);
	}

	async startPartner(): Promise<void> {
		const records = new MortalRecords(this.disks.partner);
		this.partnerRecords = records;
		const heads = await HeldHeads.open(records);
		const agreementWith = (peer: PeerId): Agreement | undefined =>
			peer === owner.peer ? this.agreement : undefined;
		const budgets = new Budgets({
			clock: this.clock,
			records,
			agreementWith,
			schedule: usualSchedule
		});
		const common = {
			self: partner.peer,
			identity: partner.identity,
			proofKey: partner.proof,
			blocks: this.blocks,
			records,
			heads,
			budgets,
			agreementWith,
			log: silent
		};
		this.answering = new Answering({
			...common,
			prove: (question) => proveShelf({ blocks: this.blocks, prover: tools.prover }, question),
			onLoss: (_owner, unreadable) => this.losses.push(unreadable)
		});
		this.hosting = new Hosting({
			...common,
			answering: this.answering,
			agreedBytes: () => this.agreement.spaceBytes,
			awaitsAgreement: () => false,
			lendBytes: () => 1e9,
			yielding: () => [],
			onFull: () => undefined,
			onChange: () => undefined
		});
	}

	/** Stores one more block at the partner, of a stripe of its own. */
	async store(): Promise<number> {
		const number = await this.numbers.take(partner.peer);
		const stripe = nameOf<StripeId>(this.random.bytes(16));
		const place = { stripe, position: 0, number };
		const header = { owner: owner.peer, partner: partner.peer, ...place, geometry };
		const record = await sealBlock(
			{ ...tools, random: this.random },
			header,
			this.random.bytes(1024)
		);
		await this.line().request({ type: 'put-block', ...place, record });
		const holders = [{ partner: partner.peer, number }, undefined];
		const put = {
			id: stripe,
			contents: new Uint8Array(1),
			...geometry,
			payloadHash: new Uint8Array(32),
			holders,
			storedAt: 0
		};
		await this.ownerRecords.write([{ table: 'stripes', key: stripe, put }]);
		this.holdings.add(stripe, geometry, holders);
		return number;
	}

	/** Orders the oldest block dropped, as a prune does. */
	async dropOldest(): Promise<void> {
		const [oldest] = this.holdings.shelf(partner.peer);
		if (oldest === undefined) return;
		await this.ownerRecords.write([{ table: 'stripes', key: oldest.stripe, remove: true }]);
		this.holdings.forget(oldest.stripe);
		await drop(this.line(), [oldest.number], this.meeting());
	}

	/** The line from owner to partner. */
	line(from = { peer: owner.peer, instance }): Session {
		const request = async <Asked extends Request>(asked: Asked): Promise<ReplyTo<Asked>> => {
			const fate = this.fates.shift() ?? 'arrives';
			if (fate === 'question lost') throw new LinkClosed('lost');
			const request = decodeRequest(encodeMessage(asked));
			this.heard.push(request);
			const honest = (): Promise<Reply> => this.hosting.serve(request as never, from);
			const death = new Promise<never>((_resolve, reject) => {
				this.partnerRecords.onDeath = () => reject(new LinkClosed('the partner stopped'));
			});
			const reply = decodeReply(
				encodeMessage(await Promise.race([this.manner(request, honest), death]))
			);
			if (fate === 'answer lost') throw new LinkClosed('lost');
			return reply as ReplyTo<Asked>;
		};
		return { peer: partner.peer, request } as unknown as Session;
	}

	/** Signs the shelf as a backup does. */
	async sign(): Promise<void> {
		if (this.tosses.of(partner.peer)?.stage === 'revealed') return;
		await signShelf(this.line(), this.meeting());
	}

	/** One challenge. Rejects when the owner stops in the middle of it. */
	challenge(check: Check): Promise<ChallengeOutcome> {
		const death = new Promise<never>((_resolve, reject) => {
			this.ownerRecords.onDeath = () => reject(new Error('the owner stopped'));
		});
		const line = this.line();
		return Promise.race([challenge(line, check, this.#context(line)), death]);
	}

	meeting(): MeetingContext {
		const { holdings, numbers } = this;
		return { keyring: owner, epoch: 1, holdings, numbers, log: silent } as MeetingContext;
	}

	#context(line: Session): ChallengeContext {
		return {
			tools,
			clock: this.clock,
			random: this.random,
			log: silent,
			tosses: this.tosses,
			holdings: this.holdings,
			agreement: this.agreement.id,
			epoch: 1,
			settled: () => true,
			state: async () => {
				const { state } = await this.numbers.shelf(partner.peer);
				return state === undefined ? undefined : decodeSignedShelf(state).state;
			},
			signShelf: async (anew) => {
				await signShelf(line, this.meeting(), { anew });
			},
			question: (seed, live) =>
				proofQuestion({ ...tools, holdings: this.holdings }, partner.peer, seed, live)
		};
	}
}
