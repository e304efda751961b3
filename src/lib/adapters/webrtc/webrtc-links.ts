/**
 * The worker side of links: the `Links` port. It has the page (peer-connections.ts) make connections, and relays
 * their set-up messages through the broker. Two peers that dial each other at once get two links, which is fine.
 */
import { LinkFailed, Malformed } from '../../engine/failures.ts';
import type {
	Address,
	Broker,
	Clock,
	Link,
	Links,
	Log,
	Random,
	Unsubscribe
} from '../../engine/ports.ts';
import {
	candidatesMax,
	incomingSetupsMax,
	incomingSetupsPerAddressMax,
	linkIdBytes,
	setupMs
} from './limits.ts';
import {
	decodeSetup,
	encodeSetup,
	linkKey,
	type SetupMessage,
	type SetupSignal
} from './setup-messages.ts';
import type { ToPage, ToWorker } from './thread-messages.ts';
import { WebRtcLink } from './webrtc-link.ts';

export interface WebRtcLinksOptions {
	/** Its other end belongs to a PeerConnections in a page. */
	readonly port: MessagePort;
	readonly broker: Broker;
	readonly clock: Clock;
	readonly random: Random;
	/** Asked once for each link; none by default, so that no third party learns of anything. */
	readonly iceServers?: () => readonly RTCIceServer[];
	readonly log?: Log;
}

/** A connection that is being set up, or stands. */
interface Attempt {
	readonly number: number;
	readonly id: Uint8Array;
	readonly remote: Address;
	readonly role: 'dialer' | 'answerer';
	/** An offer or answer of the other side was passed on; there is one in each set-up. */
	described: boolean;
	candidates: number;
	link: WebRtcLink | undefined;
	readonly settle: (outcome: WebRtcLink | LinkFailed) => void;
}

export class WebRtcLinks implements Links {
	readonly #options: WebRtcLinksOptions;
	readonly #attempts = new Map<number, Attempt>();
	readonly #byKey = new Map<string, Attempt>();
	readonly #listeners = new Set<(link: Link) => void>();
	readonly #unsubscribe: Unsubscribe;
	#lastNumber = 0;

	constructor(options: WebRtcLinksOptions) {
		this.#options = options;
		options.port.onmessage = ({ data }: MessageEvent<ToWorker>) => {
			this.#hear(data);
		};
		this.#unsubscribe = options.broker.onRelay((from, _peer, payload) => {
			this.#relayed(from, payload);
		});
	}

	dial(to: Address, signal?: AbortSignal): Promise<Link> {
		return this.#setUp(to, this.#options.random.bytes(linkIdBytes), 'dialer', signal);
	}

	onLink(listener: (link: Link) => void): Unsubscribe {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	/** Closes every link and ends every set-up. */
	close(): void {
		this.#unsubscribe();
		for (const attempt of [...this.#attempts.values()]) this.#end(attempt, 'closed');
		this.#options.port.close();
	}

	async #setUp(
		remote: Address,
		id: Uint8Array,
		role: Attempt['role'],
		signal?: AbortSignal
	): Promise<WebRtcLink> {
		if (signal?.aborted === true) throw new LinkFailed('aborted');
		const abort = new AbortController();
		const outcome = new Promise<WebRtcLink | LinkFailed>((settle) => {
			const attempt = this.#begin({ remote, id, role, settle });
			const giveUp = (why: string) => (): void => {
				if (!abort.signal.aborted) this.#end(attempt, why);
			};
			signal?.addEventListener('abort', giveUp('aborted'), { once: true });
			const overdue = giveUp(`no link after ${String(setupMs)} ms`);
			void this.#options.clock.sleep(setupMs, abort.signal).then(overdue, () => undefined);
		});
		const link = await outcome;
		abort.abort(new Error('set up'));
		if (link instanceof LinkFailed) throw link;
		return link;
	}

	#begin(asked: Pick<Attempt, 'remote' | 'id' | 'role' | 'settle'>): Attempt {
		const number = ++this.#lastNumber;
		const attempt: Attempt = {
			...asked,
			number,
			described: false,
			candidates: 0,
			link: undefined
		};
		this.#attempts.set(number, attempt);
		this.#byKey.set(linkKey(asked.remote, asked.id), attempt);
		const iceServers = this.#options.iceServers?.() ?? [];
		this.#tell({ type: 'open', link: number, initiator: asked.role === 'dialer', iceServers });
		return attempt;
	}

	#hear(message: ToWorker): void {
		const attempt = this.#attempts.get(message.link);
		if (attempt === undefined) return;
		switch (message.type) {
			case 'signal':
				this.#relay(attempt.remote, { ...message.signal, link: attempt.id });
				break;
			case 'connected':
				this.#connected(attempt, message);
				break;
			case 'frame':
				attempt.link?.accept(message.frame);
				break;
			case 'credit':
				attempt.link?.credit(message.bytes);
				break;
			case 'closed':
				this.#end(attempt, message.reason);
				break;
		}
	}

	#connected(attempt: Attempt, ends: ToWorker & { type: 'connected' }): void {
		const { number, remote, settle } = attempt;
		const { localFingerprint, remoteFingerprint } = ends;
		const link = new WebRtcLink({
			link: number,
			remote,
			localFingerprint,
			remoteFingerprint,
			tell: (message, transfer) => {
				this.#tell(message, transfer);
			}
		});
		attempt.link = link;
		void link.closed.then((reason) => {
			this.#end(attempt, reason);
		});
		settle(link);
	}

	#end(attempt: Attempt, reason: string): void {
		if (!this.#attempts.delete(attempt.number)) return;
		this.#byKey.delete(linkKey(attempt.remote, attempt.id));
		if (attempt.link === undefined) this.#tell({ type: 'close', link: attempt.number });
		attempt.link?.end(reason);
		attempt.settle(new LinkFailed(reason));
	}

	#relayed(from: Address, payload: Uint8Array): void {
		try {
			const message = decodeSetup(payload);
			const attempt = this.#byKey.get(linkKey(from, message.link));
			if (attempt === undefined) this.#consider(from, message);
			else this.#pass(attempt, message);
		} catch (error) {
			if (!(error instanceof Malformed)) throw error;
			this.#options.log?.write('info', `a set-up message made no sense: ${error.message}`);
		}
	}

	/** A message for a link that we do not know: only an offer can begin one. */
	#consider(from: Address, message: SetupMessage): void {
		if (message.type !== 'offer') return;
		const pending = [...this.#attempts.values()].filter(
			({ role, link }) => role === 'answerer' && link === undefined
		);
		const fromHere = pending.filter(({ remote }) => remote === from).length;
		const busy = pending.length >= incomingSetupsMax || fromHere >= incomingSetupsPerAddressMax;
		if (busy || this.#listeners.size === 0) {
			this.#relay(from, { type: 'refusal', link: message.link, reason: 'busy' });
			return;
		}
		void this.#answer(from, message.link);
		const attempt = this.#byKey.get(linkKey(from, message.link));
		if (attempt !== undefined) this.#pass(attempt, message);
	}

	async #answer(from: Address, id: Uint8Array): Promise<void> {
		try {
			const link = await this.#setUp(from, id, 'answerer');
			for (const listener of [...this.#listeners]) listener(link);
		} catch (error) {
			if (!(error instanceof LinkFailed)) throw error;
			this.#options.log?.write('info', `a link that ${from} began failed: ${error.message}`);
		}
	}

	/** Hands a message to the page, if it is one that this side of this set-up waits for. */
	#pass(attempt: Attempt, message: SetupMessage): void {
		const awaited = attempt.role === 'dialer' ? 'answer' : 'offer';
		switch (message.type) {
			case 'refusal':
				if (attempt.link === undefined) this.#end(attempt, `refused: ${message.reason}`);
				return;
			case 'candidate':
				if (++attempt.candidates > candidatesMax) return;
				break;
			default:
				if (message.type !== awaited || attempt.described) return;
				attempt.described = true;
		}
		this.#tell({ type: 'signal', link: attempt.number, signal: signalOf(message) });
	}

	#relay(to: Address, message: SetupMessage): void {
		this.#options.broker.relay(to, encodeSetup(message));
	}

	#tell(message: ToPage, transfer: Transferable[] = []): void {
		this.#options.port.postMessage(message, transfer);
	}
}

/** A set-up message without the link that it came for, which the page knows by a number. */
function signalOf(message: SetupMessage & SetupSignal): SetupSignal {
	if (message.type !== 'candidate') return { type: message.type, sdp: message.sdp };
	const { type, candidate, mid, line } = message;
	return { type, candidate, mid, line };
}
