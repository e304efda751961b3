/** Two peers that negotiate over a line that loses what it is told to, on machines that may crash at any write. */
import { LinkClosed } from '../../../src/lib/engine/failures.ts';
import type { CircleId } from '../../../src/lib/engine/identifiers.ts';
import type { Keyring } from '../../../src/lib/engine/keys/keyring.ts';
import { Acceptance, type AcceptanceRequest } from '../../../src/lib/engine/partners/acceptance.ts';
import { encodeAdvert, type Advert } from '../../../src/lib/engine/partners/advert.ts';
import type { Side as SideTerms } from '../../../src/lib/engine/partners/agreement.ts';
import { Agreements } from '../../../src/lib/engine/partners/agreements.ts';
import { Introductions } from '../../../src/lib/engine/partners/introductions.ts';
import { Memberships } from '../../../src/lib/engine/partners/membership.ts';
import { Negotiation, type ProposalOutcome } from '../../../src/lib/engine/partners/negotiation.ts';
import type { Line } from '../../../src/lib/engine/partners/settlement.ts';
import type { RecordChange, Records } from '../../../src/lib/engine/ports.ts';
import type { ReplyTo, Request } from '../../../src/lib/engine/wire/messages.ts';
import type { VirtualClock } from '../../doubles/clock.ts';
import { SeededRandom } from '../../doubles/random.ts';
import { MemoryRecords, RecordDisk } from '../../doubles/records.ts';
import { circle, circleSecret, mebibyte, side, silent } from './people.ts';

/** Records of a machine that may crash at any write. */
class MortalRecords extends MemoryRecords {
	dead = false;
	override write(changes: readonly RecordChange[]): ReturnType<Records['write']> {
		// A machine that is off neither writes nor goes on.
		return this.dead ? new Promise(() => undefined) : super.write(changes);
	}
}

/** One of the two. What it states can be changed at any time. */
export class Side {
	readonly keyring: Keyring;
	states: SideTerms = side;
	lendBytes = 1024 * mebibyte;
	secret = circleSecret;
	welcoming = true;
	objection: string | undefined;
	agreements!: Agreements;
	negotiation!: Negotiation;
	acceptance!: Acceptance;
	introductions!: Introductions;
	readonly #disk = new RecordDisk();
	readonly #clock: VirtualClock;
	#records = new MortalRecords(this.#disk);

	constructor(keyring: Keyring, clock: VirtualClock) {
		this.keyring = keyring;
		this.#clock = clock;
	}

	/** Starts the machine: the first time, or after a crash at this moment. */
	async start(): Promise<this> {
		this.#records.dead = true;
		this.#records = new MortalRecords(this.#disk);
		const { keyring } = this;
		const memberships = new Memberships(keyring.peer, () => [{ id: circle, secret: this.secret }]);
		this.agreements = await Agreements.open({
			keyring,
			clock: this.#clock,
			records: this.#records,
			lendBytes: () => this.lendBytes,
			objectionTo: () => this.objection
		});
		this.introductions = new Introductions({ agreements: this.agreements, memberships });
		const shared = {
			keyring,
			memberships,
			clock: this.#clock,
			log: silent,
			agreements: this.agreements,
			introductions: this.introductions,
			bandwidth: { measure: () => Promise.resolve(), admits: () => true },
			side: () => this.states
		};
		this.negotiation = new Negotiation({
			...shared,
			random: new SeededRandom(`${keyring.peer}${String(this.#clock.now())}`),
			onTerms: (partner, known, advert) => {
				this.introductions.note(partner, known, advert);
			}
		});
		this.acceptance = new Acceptance({
			...shared,
			mayAgree: () => true,
			advert: () => encodeAdvert(keyring.identity, this.advert),
			welcome: () => this.welcoming
		});
		return this;
	}

	get advert(): Advert {
		return { shareBytes: this.lendBytes, system: this.states.system };
	}

	propose(line: Line, bytes = 64 * mebibyte, within: CircleId = circle): Promise<ProposalOutcome> {
		return this.negotiation.propose(line, within, bytes);
	}
}

export interface Loss {
	readonly of: 'question' | 'answer';
	/** Which request of the line, from 0. */
	readonly at: number;
}

/** A line from one side to the other. `heard` is told every request that arrives. */
export function line(
	from: Side,
	to: Side,
	loss?: Loss,
	heard: (request: Request) => void = () => undefined
): Line {
	let asked = 0;
	const request = async <Asked extends Request>(question: Asked): Promise<ReplyTo<Asked>> => {
		const lost = loss?.at === asked++ ? loss.of : undefined;
		await Promise.resolve();
		if (lost === 'question') throw new LinkClosed('lost');
		heard(question);
		const reply = await to.acceptance.serve(question as AcceptanceRequest, line(to, from));
		await Promise.resolve();
		if (lost === 'answer') throw new LinkClosed('lost');
		return reply as ReplyTo<Asked>;
	};
	return { peer: to.keyring.peer, request };
}
