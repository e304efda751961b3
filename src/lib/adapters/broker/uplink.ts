/** One broker that the peer wants to be connected to: connects, publishes, and comes back when it was lost. */
import type { Address, BrokerStatus, Clock, Presence, Random } from '../../engine/ports.ts';
import type { PeerId } from '../../engine/identifiers.ts';
import type { ConnectionId, Introduction, TurnOffer } from '../../engine/wire/broker-messages.ts';
import type { BrokerUrl } from './broker-url.ts';
import { problemText, type Problem } from './problems.ts';
import { Session, type Identity, type Question } from './session.ts';
import type { OpenSocket, Socket } from './socket.ts';
import { patience, pauseMs } from './timing.ts';

export interface UplinkEnvironment {
	readonly identity: Identity;
	readonly clock: Clock;
	readonly random: Random;
	readonly open: OpenSocket;
	readonly onStatus: () => void;
	readonly onRelayed: (from: Address, peer: PeerId, payload: Uint8Array) => void;
	/** What is to be published now. */
	readonly presence: () => Presence;
}

export class Uplink {
	readonly url: string;
	readonly #target: BrokerUrl;
	readonly #environment: UplinkEnvironment;
	readonly #closed = new AbortController();
	/** Aborted to end the pause between two attempts. */
	#pause = new AbortController();
	#session: Session | undefined;
	#status: BrokerStatus;
	#turn: { readonly offer: TurnOffer; readonly untilMs: number } | undefined;
	/** In a row. A connection that lasted long enough to publish twice ends the row. */
	#failures = 0;

	/** `url` is shown as it was given; `target` is what was understood. */
	constructor(url: string, target: BrokerUrl, environment: UplinkEnvironment) {
		this.url = url;
		this.#target = target;
		this.#environment = environment;
		this.#status = { url, state: 'connecting' };
		void this.#run();
	}

	get status(): BrokerStatus {
		return this.#status;
	}

	/** The TURN server that the broker offered last, while its credentials hold. */
	get turn(): TurnOffer | undefined {
		const now = this.#environment.clock.now();
		return this.#turn !== undefined && now < this.#turn.untilMs ? this.#turn.offer : undefined;
	}

	/** Ends the pause before the next attempt, if there is one. */
	retry(): void {
		this.#pause.abort();
	}

	/** Tells the broker what is to be published now; when it is not connected, it hears it on its welcome. */
	publish(): void {
		if (this.#session?.ready === true) void this.#publishOver(this.#session);
	}

	/** Resolves to nothing when the broker is not connected, refuses, or does not answer in time. */
	async ask(question: Question): Promise<readonly Introduction[]> {
		const session = this.#session;
		if (session?.ready !== true) return [];
		return this.#answered(session, session.ask(question));
	}

	relay(to: ConnectionId, payload: Uint8Array): void {
		this.#session?.relay(to, payload);
	}

	addressOf(connection: ConnectionId): Address {
		return addressAt(this.#target, connection);
	}

	close(): void {
		this.#closed.abort();
		this.#pause.abort();
		this.#session?.end('lost');
	}

	async #run(): Promise<void> {
		while (!this.#isClosed()) {
			const problem = await this.#live();
			if (this.#isClosed()) return;
			this.#failures++;
			this.#pause = new AbortController();
			const { clock, random } = this.#environment;
			const pause = clock.sleep(pauseMs(this.#failures, random), this.#pause.signal);
			this.#become({ state: 'down', problem: problemText(problem) });
			await pause.catch(ignoreAbort);
			if (!this.#isClosed()) this.#become({ state: 'connecting', problem: problemText(problem) });
		}
	}

	/** One connection, from the attempt to its end. */
	#live(): Promise<Problem> {
		const socket = this.#openSocket();
		if (socket === undefined) return Promise.resolve('forbidden');
		return new Promise((resolve) => {
			const greeted = new AbortController();
			const ended = new AbortController();
			const session = new Session(socket, this.#target.audience, this.#environment.identity, {
				onWelcome: () => {
					greeted.abort();
					this.#become({ state: 'connected' });
					void this.#keepPublishing(session, ended.signal);
				},
				onRelayed: (from, peer, payload) => {
					this.#environment.onRelayed(this.addressOf(from), peer, payload);
				},
				onTurn: (offer) => {
					const untilMs = this.#environment.clock.now() + 1000 * offer.seconds;
					this.#turn = { offer, untilMs };
				},
				onEnd: (problem) => {
					greeted.abort();
					ended.abort();
					this.#session = undefined;
					resolve(problem);
				}
			});
			this.#session = session;
			this.#expect(session, patience.welcomeWithinMs, greeted.signal);
		});
	}

	async #keepPublishing(session: Session, ended: AbortSignal): Promise<void> {
		while (!ended.aborted) {
			await this.#publishOver(session);
			const lasted = (): void => {
				this.#failures = 0;
			};
			await this.#environment.clock.sleep(patience.publishEveryMs, ended).then(lasted, ignoreAbort);
		}
	}

	async #publishOver(session: Session): Promise<void> {
		const { circles, advert, tokens } = this.#environment.presence();
		await this.#answered(session, session.ask({ type: 'publish', circles, advert, tokens }));
	}

	/** Waits for an answer of the session. */
	async #answered<Result>(session: Session, asked: Promise<Result>): Promise<Result> {
		const done = new AbortController();
		this.#expect(session, patience.answerWithinMs, done.signal);
		const answer = await asked;
		done.abort();
		return answer;
	}

	/** A session that lets us wait for longer than this is dead. */
	#expect(session: Session, withinMs: number, done: AbortSignal): void {
		const late = (): void => {
			session.end('silent');
		};
		this.#environment.clock.sleep(withinMs, done).then(late, ignoreAbort);
	}

	#openSocket(): Socket | undefined {
		try {
			return this.#environment.open(this.#target.socket);
		} catch {
			return undefined;
		}
	}

	#become(status: Omit<BrokerStatus, 'url'>): void {
		this.#status = { url: this.url, ...status };
		this.#environment.onStatus();
	}

	#isClosed(): boolean {
		return this.#closed.signal.aborted;
	}
}

/** Addresses name the connection first, then the broker: `<32 hex digits>@<URL>`. */
function addressAt(target: BrokerUrl, connection: ConnectionId): Address {
	return `${connection}@${target.socket}` as Address;
}

function ignoreAbort(): void {
	return undefined;
}
