/**
 * Where candidates come from (patent step 264): brokers show members of our circles that are on line; where they show
 * nobody new, partners introduce partners of their own.
 */
import type { CircleId, PeerId } from '../identifiers.ts';
import type { Address, Broker, Clock, Log, Random } from '../ports.ts';
import { readAdvert, type Advert } from './advert.ts';
import { agreementOf } from './agreement.ts';
import type { Agreements } from './agreements.ts';
import { traitsOf, type Traits } from './criteria.ts';
import type { Acquaintance, Introductions } from './introductions.ts';
import type { Lines } from './lines.ts';

/** Somebody whom we could ask. */
export interface Prospect {
	readonly peer: PeerId;
	readonly address: Address;
	readonly circle: CircleId;
	readonly advert: Advert;
	readonly prefix: Uint8Array;
	readonly traits: Traits;
}

/** What one look around found. */
export interface Look {
	/** Each peer once, partners among them, ourselves left out. */
	readonly prospects: readonly Prospect[];
	/** Members of our largest circle that are on line, ourselves left out, as far as they were shown. */
	readonly circleSize: number;
	/** False where a circle has more members on line than were shown. */
	readonly whole: boolean;
}

export interface ProspectsOptions {
	readonly self: PeerId;
	readonly agreements: Pick<Agreements, 'active' | 'with'>;
	readonly introductions: Pick<Introductions, 'ask'>;
	readonly lines: Pick<Lines, 'line'>;
	readonly broker: Broker;
	readonly clock: Clock;
	readonly random: Random;
	readonly log: Log;
	readonly circles: () => readonly CircleId[];
}

const sampleCount = 32;
const introductionsEveryMs = 60_000;

export class Prospects {
	readonly #options: ProspectsOptions;
	#introducedAt = -Infinity;

	constructor(options: ProspectsOptions) {
		this.#options = options;
	}

	/** Whoever the brokers show. */
	async sampled(): Promise<Look> {
		const { broker, circles, self } = this.#options;
		const prospects = new Map<PeerId, Prospect>();
		let circleSize = 0;
		let whole = true;
		for (const circle of circles()) {
			const found = await broker.sample(circle, sampleCount);
			const others = found.filter(({ peer }) => peer !== self);
			circleSize = Math.max(circleSize, new Set(others.map(({ peer }) => peer)).size);
			whole &&= found.length < sampleCount;
			for (const { peer, address, advert: bytes, prefix } of others) {
				const advert = readAdvert(peer, bytes);
				if (advert === undefined || prospects.has(peer)) continue;
				const traits = traitsOf(prefix, advert.system);
				prospects.set(peer, { peer, address, circle, advert, prefix, traits });
			}
		}
		return { prospects: [...prospects.values()], circleSize, whole };
	}

	/** Partners of one of our partners, drawn at random, that can be reached. Asked at most once a minute. */
	async introduced(): Promise<readonly Prospect[]> {
		const { agreements, clock, introductions, lines, log, random, self } = this.#options;
		const now = clock.now();
		if (Math.abs(now - this.#introducedAt) < introductionsEveryMs) return [];
		const connected = agreements.active().flatMap((record) => {
			const line = lines.line(record.partner);
			return line === undefined ? [] : [{ line, record }];
		});
		const [chosen] = shuffled(connected, random);
		if (chosen === undefined) return [];
		this.#introducedAt = now;
		const { circle } = agreementOf(chosen.record);
		const named = await introductions.ask(chosen.line, circle).catch((error: unknown) => {
			log.write('info', `introductions: ${String(error)}`);
			return [];
		});
		const strangers = named.filter(
			({ peer }) => peer !== self && agreements.with(peer)?.state !== 'active'
		);
		return (await Promise.all(strangers.map((each) => this.#reachable(each)))).flat();
	}

	async #reachable({ peer, advert, circle }: Acquaintance): Promise<readonly Prospect[]> {
		const [found] = await this.#options.broker.find(peer);
		if (found === undefined) return [];
		const { address, prefix } = found;
		return [{ peer, address, circle, advert, prefix, traits: traitsOf(prefix, advert.system) }];
	}
}

/** Fisher and Yates; 32 random bits against at most 32 candidates a circle leave no bias worth naming. */
export function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
	const left = [...items];
	const drawn: T[] = [];
	while (left.length > 0) {
		const word = new DataView(random.bytes(4).buffer).getUint32(0);
		drawn.push(...left.splice(word % left.length, 1));
	}
	return drawn;
}
