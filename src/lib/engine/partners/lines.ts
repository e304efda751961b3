/**
 * Authenticated sessions with other peers: kept up to every partner that is wanted, accepted from whoever
 * dials. Several sessions with one peer are normal: an old device and a restoring one have the same identity.
 */
import { Doorbell, Listeners } from '../doorbell.ts';
import type { InstanceId, PeerId } from '../identifiers.ts';
import type { Address, Broker, Clock, Link, Links, Log, Random, Unsubscribe } from '../ports.ts';
import type { Reply, Request } from '../wire/messages.ts';
import { openSession, type Session } from '../wire/session.ts';

export interface LinesOptions {
	readonly peer: PeerId;
	readonly identity: Uint8Array;
	readonly instance: InstanceId;
	readonly clock: Clock;
	readonly random: Random;
	readonly broker: Broker;
	readonly links: Links;
	readonly log: Log;
	readonly serve: (request: Request, session: Session) => Promise<Reply>;
	/** The instance that speaks for a peer where several do; undefined when it is not known. */
	readonly instanceOf: (peer: PeerId) => InstanceId | undefined;
}

interface Attempt {
	failures: number;
	/** Not dialled again before. */
	notBefore: number;
	running: boolean;
}

/**
 * Pauses between attempts to reach a partner: 2 s, doubling up to a quarter of an hour. A partner that comes on line
 * dials by itself, so long pauses cost nobody anything.
 */
const pauseMs = (failures: number): number => Math.min(15 * 60_000, 1_000 * 2 ** failures);
/** How long the peer with the higher id leaves the dialling to the other, so that both do not dial at once. */
const politenessMs = 3_000;
const checkEveryMs = 5 * 60_000;

export class Lines {
	readonly #options: LinesOptions;
	readonly #sessions = new Map<PeerId, Session[]>();
	readonly #attempts = new Map<PeerId, Attempt>();
	readonly #doorbell = new Doorbell();
	readonly #changed = new Listeners();
	readonly #opened = new Listeners<[Session]>();
	readonly #stop = new AbortController();
	readonly #subscriptions: Unsubscribe[] = [];
	#wanted: readonly PeerId[] = [];

	constructor(options: LinesOptions) {
		this.#options = options;
	}

	start(): void {
		const { broker, links } = this.#options;
		this.#subscriptions.push(
			links.onLink((link) => void this.#greet(link, 'answerer')),
			broker.onStatus(() => {
				this.#forgetFailures();
				this.#doorbell.ring();
			})
		);
		void this.#keep();
	}

	/** Closes every session and stops dialling. */
	stop(reason: string): void {
		this.#stop.abort(reason);
		for (const unsubscribe of this.#subscriptions) unsubscribe();
		for (const session of this.all()) session.close(reason);
	}

	/** Peers to stay connected to. */
	want(peers: readonly PeerId[]): void {
		this.#wanted = peers;
		this.#doorbell.ring();
	}

	/** The session to use for a peer: its speaking instance, else its newest session. */
	line(peer: PeerId): Session | undefined {
		const sessions = this.#sessions.get(peer) ?? [];
		const instance = this.#options.instanceOf(peer);
		return sessions.findLast((session) => session.instance === instance) ?? sessions.at(-1);
	}

	all(): readonly Session[] {
		return [...this.#sessions.values()].flat();
	}

	/** One line for each peer: what a restore reads from. */
	lines(): readonly Session[] {
		return this.connected().flatMap((peer) => this.line(peer) ?? []);
	}

	connected(): readonly PeerId[] {
		return [...this.#sessions.keys()];
	}

	/** Called whenever a session came or went. */
	onChange(listener: () => void): Unsubscribe {
		return this.#changed.add(listener);
	}

	onOpened(listener: (session: Session) => void): Unsubscribe {
		return this.#opened.add(listener);
	}

	/** Resolves once there is a line to the peer; rejects when the signal is aborted. */
	async reach(peer: PeerId, signal: AbortSignal): Promise<Session> {
		for (;;) {
			signal.throwIfAborted();
			const line = this.line(peer);
			if (line !== undefined) return line;
			await this.#changed.next(signal);
		}
	}

	/** Dials one connection. Undefined when it cannot be reached, or is not `expect`. */
	async dial(to: Address, expect: PeerId): Promise<Session | undefined> {
		try {
			const link = await this.#options.links.dial(to, this.#stop.signal);
			return await this.#greet(link, 'dialer', expect);
		} catch (error) {
			this.#options.log.write('info', `no link to ${expect.slice(0, 8)}: ${String(error)}`);
			return undefined;
		}
	}

	async #greet(
		link: Link,
		role: 'dialer' | 'answerer',
		expect?: PeerId
	): Promise<Session | undefined> {
		const o = this.#options;
		try {
			const session = await openSession(link, {
				keys: { peer: o.peer, identitySecret: o.identity },
				instance: o.instance,
				role,
				clock: o.clock,
				random: o.random,
				log: o.log,
				serve: o.serve,
				...(expect === undefined ? {} : { expect })
			});
			this.#add(session);
			return session;
		} catch (error) {
			o.log.write('warning', `handshake failed: ${String(error)}`);
			link.close();
			return undefined;
		}
	}

	#add(session: Session): void {
		const { peer } = session;
		if (this.#stop.signal.aborted) {
			session.close('this peer has stopped');
			return;
		}
		if (peer === this.#options.peer && session.instance === this.#options.instance) {
			session.close('this is the same peer');
			return;
		}
		this.#sessions.set(peer, [...(this.#sessions.get(peer) ?? []), session]);
		this.#attempts.delete(peer);
		void session.closed.then(() => {
			this.#remove(session);
		});
		this.#changed.tell();
		this.#opened.tell(session);
	}

	#remove(session: Session): void {
		const rest = (this.#sessions.get(session.peer) ?? []).filter((other) => other !== session);
		if (rest.length > 0) this.#sessions.set(session.peer, rest);
		else this.#sessions.delete(session.peer);
		this.#changed.tell();
		this.#doorbell.ring();
	}

	#forgetFailures(): void {
		for (const attempt of this.#attempts.values()) {
			attempt.failures = 0;
			attempt.notBefore = 0;
		}
	}

	async #keep(): Promise<void> {
		const { clock, broker } = this.#options;
		while (!this.#stop.signal.aborted) {
			const now = clock.now();
			const online = broker.status().some(({ state }) => state === 'connected');
			let next = now + checkEveryMs;
			for (const peer of this.#wanted) {
				if (!online || this.#sessions.has(peer)) continue;
				const attempt = this.#attempt(peer, now);
				if (attempt.running) continue;
				if (attempt.notBefore <= now) void this.#try(peer, attempt);
				else next = Math.min(next, attempt.notBefore);
			}
			await this.#doorbell.wait(clock, Math.max(100, next - now), this.#stop.signal);
		}
	}

	#attempt(peer: PeerId, now: number): Attempt {
		const known = this.#attempts.get(peer);
		if (known !== undefined) return known;
		const polite = this.#options.peer < peer ? 0 : politenessMs;
		const attempt = { failures: 0, notBefore: now + polite, running: false };
		this.#attempts.set(peer, attempt);
		return attempt;
	}

	async #try(peer: PeerId, attempt: Attempt): Promise<void> {
		attempt.running = true;
		const found = await this.#options.broker.find(peer);
		for (const { address } of found.slice(0, 3)) {
			if (this.#sessions.has(peer)) break;
			await this.dial(address, peer);
		}
		attempt.running = false;
		attempt.failures++;
		attempt.notBefore = this.#options.clock.now() + pauseMs(attempt.failures);
		this.#doorbell.ring();
	}
}
