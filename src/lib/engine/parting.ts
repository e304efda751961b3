/**
 * How partnerships end in peace: a leaver says so, keeps what it holds until each owner has moved it, and only then do
 * the agreements end on both sides; whoever needs nothing any more of what a former partner holds tells it, so that
 * it can use the space. Everything is said again until it is acknowledged.
 */
import { Doorbell } from './doorbell.ts';
import type { EventKind } from './events.ts';
import { Malformed } from './failures.ts';
import { fateOfShelf } from './hosting/ended-shelves.ts';
import type { HeldHeads } from './hosting/held-heads.ts';
import type { Hosting } from './hosting/hosting.ts';
import type { Household } from './household.ts';
import type { PeerId } from './identifiers.ts';
import type { Keyring } from './keys/keyring.ts';
import type { Agreements } from './partners/agreements.ts';
import { friendsPolicy } from './partners/circle-policy.ts';
import {
	decodeFarewell,
	encodeFarewell,
	signFarewell,
	verifyFarewell,
	type Farewell,
	type FarewellKind
} from './partners/farewell.ts';
import { sparesOf } from './partners/holding.ts';
import type { Holdings } from './partners/holdings.ts';
import type { Lines } from './partners/lines.ts';
import type { Clock, Log } from './ports.ts';
import type { AgreementRecord } from './records.ts';
import type { Reply, Request } from './wire/messages.ts';
import type { Session } from './wire/session.ts';

export interface PartingOptions {
	readonly keyring: Keyring;
	readonly clock: Clock;
	readonly log: Log;
	readonly agreements: Agreements;
	readonly household: Household;
	readonly holdings: Holdings;
	readonly heldHeads: Pick<HeldHeads, 'mayWrite'>;
	readonly hosting: Hosting;
	readonly lines: Pick<Lines, 'line' | 'onChange'>;
	readonly mayWrite: () => boolean;
	readonly onEvent: (kind: EventKind, partner: PeerId) => void;
}

/** What is said is said at changes; this is for what was lost on the way. */
const lookEveryMs = 6 * 60 * 60_000;
/** How long a leaver is asked to wait where nobody else can take its blocks: as long as a silent partner is waited for. */
const leaverWaitMs = friendsPolicy.graceMs;
/** After something was not acknowledged by somebody who is there. */
const againMs = 60_000;

export class Parting {
	readonly #options: PartingOptions;
	readonly #bell = new Doorbell();

	constructor(options: PartingOptions) {
		this.#options = options;
	}

	/** Whether the person is leaving Holdfast. */
	get isLeaving(): boolean {
		return this.#options.household.settings.leavingAt !== undefined;
	}

	/** Leaves for good: nothing new is agreed or backed up, and what is held for others is given back. */
	async leave(): Promise<void> {
		const { household, clock } = this.#options;
		if (!this.isLeaving) await household.change({ leavingAt: clock.now() });
		this.#bell.ring();
	}

	/** Says what is to be said, until the signal is aborted. */
	async run(signal: AbortSignal): Promise<void> {
		const { clock, lines, agreements, holdings, household, log } = this.#options;
		const ring = (): void => this.#bell.ring();
		for (const part of [lines, agreements, holdings, household]) part.onChange(ring);
		await this.#takeUp();
		while (!signal.aborted) {
			try {
				if (this.#options.mayWrite()) await this.#look();
			} catch (error) {
				log.write('warning', `parting: ${String(error)}`);
			}
			await this.#bell.wait(clock, this.#hasUnheard() ? againMs : lookEveryMs, signal);
		}
	}

	/** Answers a farewell. */
	async serve(
		request: Extract<Request, { type: 'farewell' }>,
		from: Pick<Session, 'peer' | 'instance'>
	): Promise<Reply> {
		const said = this.#read(request, from.peer);
		if (said === undefined) return declined('malformed', 'the farewell is not valid');
		if (!this.#options.heldHeads.mayWrite(from.peer, from.instance)) {
			return declined('fenced', 'a newer instance of you has taken over');
		}
		const record = this.#options.agreements.with(from.peer);
		if (record !== undefined && record.state !== 'ended' && record.id !== said.agreement) {
			return declined('conflict', 'another agreement stands between us');
		}
		await (said.kind === 'leaving' ? this.#theyLeave(record) : this.#theyEnded(from.peer, record));
		this.#bell.ring();
		return { type: 'acknowledged' };
	}

	#read(
		{ document, signature }: Extract<Request, { type: 'farewell' }>,
		from: PeerId
	): Farewell | undefined {
		try {
			const said = decodeFarewell(document);
			const self = this.#options.keyring.peer;
			const ours = said.from === from && said.to === self;
			return ours && verifyFarewell(from, document, signature) ? said : undefined;
		} catch (error) {
			if (error instanceof Malformed) return undefined;
			throw error;
		}
	}

	/** Its blocks are readable until we have moved them. */
	async #theyLeave(record: AgreementRecord | undefined): Promise<void> {
		const { agreements, holdings, clock, onEvent } = this.#options;
		if (record?.state !== 'active' || record.leavingSince !== undefined) return;
		await agreements.note(record, { leavingSince: clock.now() });
		await holdings.depart(record.partner);
		onEvent('partner-leaving', record.partner);
	}

	/** It needs nothing any more of what is held for it here. */
	async #theyEnded(partner: PeerId, record: AgreementRecord | undefined): Promise<void> {
		const { agreements, hosting } = this.#options;
		if (record !== undefined) {
			await agreements.note(record, { released: true });
			await agreements.change(async () => {
				const now = agreements.with(partner);
				if (now !== undefined) await agreements.endedThere(now);
			});
		}
		await hosting.discard(partner);
	}

	/** What a crash left between a record and what follows from it. */
	async #takeUp(): Promise<void> {
		const { agreements, holdings, hosting, clock } = this.#options;
		for (const record of agreements.all()) {
			const gone = record.state === 'ended' || record.leavingSince !== undefined;
			if (gone) await holdings.depart(record.partner);
			if (fateOfShelf(record, clock.now()) === 'delete') await hosting.discard(record.partner);
		}
	}

	/** Something may be said now that has room again. */
	look(): void {
		this.#bell.ring();
	}

	#hasUnheard(): boolean {
		const { agreements, lines } = this.#options;
		return agreements
			.all()
			.some((record) => this.#isOver(record) && lines.line(record.partner) !== undefined);
	}

	async #look(): Promise<void> {
		const { agreements, hosting } = this.#options;
		for (const record of agreements.all()) {
			if (this.isLeaving && record.state === 'active' && record.told === undefined) {
				await this.#say('leaving', record);
			}
			await this.#giveUpWaiting(record);
			if (this.#isOver(record) && (await this.#say('ended', record))) {
				await agreements.change(() =>
					agreements.endedThere(agreements.with(record.partner) ?? record)
				);
			}
		}
		for (const owner of await hosting.refusedWithRoom()) await this.#tellOfRoom(owner);
	}

	/** Nobody came who could take what a leaver holds: it is let go all the same, and its blocks stay owed. */
	async #giveUpWaiting({ partner, state, leavingSince }: AgreementRecord): Promise<void> {
		const { clock, holdings } = this.#options;
		if (state !== 'active' || leavingSince === undefined) return;
		if (clock.now() - leavingSince >= leaverWaitMs) await holdings.release(partner);
	}

	/** Whether nothing of ours is left there, and this has still to be said. */
	#isOver(record: AgreementRecord): boolean {
		if (record.told === 'ended') return false;
		if (record.state === 'ended') return this.isLeaving || this.#hasNothing(record.partner);
		return record.leavingSince !== undefined && this.#hasNothing(record.partner);
	}

	#hasNothing(partner: PeerId): boolean {
		const { holdings } = this.#options;
		if (holdings.counts().has(partner)) return false;
		return !holdings
			.spared()
			.some((holding) => sparesOf(holding).some((spare) => spare.partner === partner));
	}

	/** True when the partner acknowledged it. */
	async #say(kind: FarewellKind, record: AgreementRecord): Promise<boolean> {
		const { keyring, clock, lines, agreements, log } = this.#options;
		const { partner, id: agreement } = record;
		const line = lines.line(partner);
		if (line === undefined) return false;
		const at = clock.now();
		const document = encodeFarewell({ kind, agreement, from: keyring.peer, to: partner, at });
		const signature = signFarewell(keyring.identity, document);
		try {
			const reply = await line.request({ type: 'farewell', document, signature });
			// In conflict another agreement came in between: this one is over all the same.
			const heard = reply.type === 'acknowledged' || reply.reason === 'conflict';
			if (heard) await agreements.note(record, { told: kind });
			return reply.type === 'acknowledged';
		} catch (error) {
			log.write('info', `farewell to ${partner.slice(0, 8)}: ${String(error)}`);
			return false;
		}
	}

	async #tellOfRoom(owner: PeerId): Promise<void> {
		const { lines, hosting, log } = this.#options;
		try {
			const reply = await lines.line(owner)?.request({ type: 'room' });
			if (reply !== undefined) hosting.toldOfRoom(owner);
		} catch (error) {
			log.write('info', `room for ${owner.slice(0, 8)}: ${String(error)}`);
		}
	}
}

function declined(reason: Extract<Reply, { type: 'declined' }>['reason'], detail: string): Reply {
	return { type: 'declined', reason, detail };
}
