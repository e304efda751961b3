/**
 * Two peers propose to each other while answers get lost, proposals expire and either machine crashes. In the end,
 * when both are well and meet, both hold the same agreement or neither holds one.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LinkClosed } from '../../../src/lib/engine/failures.ts';
import type { Keyring } from '../../../src/lib/engine/keys/keyring.ts';
import { Agreements } from '../../../src/lib/engine/partners/agreements.ts';
import { Negotiation } from '../../../src/lib/engine/partners/negotiation.ts';
import type { RecordChange, Records } from '../../../src/lib/engine/ports.ts';
import type { ReplyTo, Request } from '../../../src/lib/engine/wire/messages.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import { SeededRandom } from '../../doubles/random.ts';
import { MemoryRecords, RecordDisk } from '../../doubles/records.ts';
import { circle, circleSecret, high, low, mebibyte, silent } from '../../unit/partners/people.ts';

/** Records of a machine that may crash at any write. */
class MortalRecords extends MemoryRecords {
	dead = false;
	override write(changes: readonly RecordChange[]): ReturnType<Records['write']> {
		// A machine that is off neither writes nor goes on.
		return this.dead ? new Promise(() => undefined) : super.write(changes);
	}
}

class Side {
	readonly keyring: Keyring;
	readonly #disk = new RecordDisk();
	readonly #clock: VirtualClock;
	#records = new MortalRecords(this.#disk);
	agreements!: Agreements;
	negotiation!: Negotiation;

	constructor(keyring: Keyring, clock: VirtualClock) {
		this.keyring = keyring;
		this.#clock = clock;
	}

	async start(): Promise<void> {
		this.#records.dead = true;
		this.#records = new MortalRecords(this.#disk);
		const ports = {
			keyring: this.keyring,
			clock: this.#clock,
			records: this.#records,
			log: silent
		};
		this.agreements = await Agreements.open({
			...ports,
			lendBytes: () => 1024 * mebibyte,
			objectionTo: () => undefined
		});
		this.negotiation = new Negotiation({
			...ports,
			agreements: this.agreements,
			random: new SeededRandom(`${this.keyring.peer}${String(this.#clock.now())}`),
			circles: () => [{ id: circle, secret: circleSecret }],
			mayAgree: () => true
		});
	}
}

type Loss = 'none' | 'question' | 'answer';

/** A line from one side to the other that loses what it is told to. */
function line(from: Side, to: Side, loss: Loss): Parameters<Negotiation['propose']>[0] {
	const request = async <Asked extends Request>(asked: Asked): Promise<ReplyTo<Asked>> => {
		await Promise.resolve();
		if (loss === 'question') throw new LinkClosed('lost');
		const asker = { peer: from.keyring.peer };
		const reply =
			asked.type === 'propose'
				? await to.negotiation.serveProposal(asked, asker)
				: to.negotiation.serveAgreement(asker);
		await Promise.resolve();
		if (loss === 'answer') throw new LinkClosed('lost');
		return reply as ReplyTo<Asked>;
	};
	return { peer: to.keyring.peer, request };
}

type Step =
	| { readonly kind: 'propose' | 'settle'; readonly by: 0 | 1; readonly loss: Loss }
	| { readonly kind: 'restart'; readonly by: 0 | 1 }
	| { readonly kind: 'end'; readonly by: 0 | 1 }
	| { readonly kind: 'wait' }
	| { readonly kind: 'pass'; readonly ms: number };

const by = fc.constantFrom<0 | 1>(0, 1);
const loss = fc.constantFrom<Loss>('none', 'question', 'answer');
const step: fc.Arbitrary<Step> = fc.oneof(
	{
		weight: 5,
		arbitrary: fc.record({ kind: fc.constantFrom('propose' as const, 'settle' as const), by, loss })
	},
	{ weight: 2, arbitrary: fc.record({ kind: fc.constant('restart' as const), by }) },
	{ weight: 1, arbitrary: fc.record({ kind: fc.constant('end' as const), by }) },
	{ weight: 2, arbitrary: fc.constant({ kind: 'wait' as const }) },
	{
		weight: 2,
		arbitrary: fc.record({
			kind: fc.constant('pass' as const),
			ms: fc.constantFrom(1, 400_000, 700_000)
		})
	}
);

/** Lets some of what is under way go on, but by far not all of it. */
async function moment(): Promise<void> {
	for (let i = 0; i < 3; i++) await Promise.resolve();
}

async function take(step: Step, sides: readonly [Side, Side], clock: VirtualClock): Promise<void> {
	if (step.kind === 'pass') return clock.advance(step.ms);
	if (step.kind === 'wait') return clock.advance(0);
	const us = sides[step.by];
	if (step.kind === 'restart') return us.start();
	if (step.kind === 'end') {
		void us.agreements.end(sides[step.by === 0 ? 1 : 0].keyring.peer);
		return moment();
	}
	const way = line(us, sides[step.by === 0 ? 1 : 0], step.loss);
	const done =
		step.kind === 'propose'
			? us.negotiation.propose(way, circle, 64 * mebibyte)
			: us.negotiation.settle(way);
	done.catch((error: unknown) => {
		expect(error).toBeInstanceOf(LinkClosed);
	});
	return moment();
}

/** The bytes of the document that holds. */
function standing(side: Side, other: Side): string | undefined {
	const record = side.agreements.with(other.keyring.peer);
	return record?.state === 'active' ? record.document.join(' ') : undefined;
}

it('ends with the same agreement at both peers, or with none', async () => {
	let agreed = 0;
	await fc.assert(
		fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
			const clock = new VirtualClock();
			const sides: [Side, Side] = [new Side(low, clock), new Side(high, clock)];
			for (const side of sides) await side.start();
			for (const each of steps) await take(each, sides, clock);
			await clock.advance(0);
			const [a, b] = sides;
			// Both are well again and meet, as at the start of every session.
			await a.negotiation.settle(line(a, b, 'none'));
			await b.negotiation.settle(line(b, a, 'none'));
			expect(standing(a, b)).toEqual(standing(b, a));
			if (standing(a, b) !== undefined) agreed++;
		}),
		{ numRuns: 150 }
	);
	expect(agreed).toBeGreaterThan(15);
});
