/**
 * The WebSocket shell around the relay core: it opens and closes sockets, tells the time, draws randomness
 * and carries bytes. It decides nothing that the core could, and it logs no payload and no identity.
 */
import { randomBytes, randomInt } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer, type RawData } from 'ws';
import { nameOf } from '../src/lib/engine/identifiers.ts';
import { brokerBounds } from '../src/lib/engine/wire/broker-bounds.ts';
import { encodeBrokerMessage, type ConnectionId } from '../src/lib/engine/wire/broker-messages.ts';
import { step } from './core.ts';
import { closeCodes, type RelayLimits, type ShellLimits } from './limits.ts';
import { audienceOf, mayConnect, type Naming } from './names.ts';
import { networkPrefix } from './prefix.ts';
import {
	countsOf,
	emptyState,
	type RelayAction,
	type RelayCounts,
	type RelayEvent
} from './state.ts';
import type { TurnServer } from './turn.ts';

/** Where the WebSocket is. */
export const brokerPath = '/broker';

export interface ShellOptions {
	readonly naming: () => Naming;
	readonly limits: RelayLimits & ShellLimits;
	/** Believe the right-most X-Forwarded-For entry: there is exactly one proxy in front, and no way around it. */
	readonly trustProxy: boolean;
	readonly turn?: TurnServer;
}

/** A relay on a server's upgrades. */
export class BrokerShell {
	readonly #options: ShellOptions;
	readonly #state;
	readonly #sockets = new Map<ConnectionId, WebSocket>();
	/** Those that have not answered the last ping yet. */
	readonly #silent = new Set<WebSocket>();
	readonly #timers: readonly NodeJS.Timeout[];
	readonly #upgrades = new WebSocketServer({
		noServer: true,
		maxPayload: brokerBounds.requestBytesMax,
		perMessageDeflate: false,
		clientTracking: false
	});

	constructor(server: Server, options: ShellOptions) {
		this.#options = options;
		this.#state = emptyState(options.limits, options.turn);
		server.on('upgrade', (request, socket, head) => {
			this.#onUpgrade(request, socket, head);
		});
		this.#timers = [
			setInterval(() => {
				this.#take({ kind: 'tick' });
			}, options.limits.tickEveryMs).unref(),
			setInterval(() => {
				this.#ping();
			}, options.limits.pingEveryMs).unref()
		];
	}

	get counts(): RelayCounts {
		return countsOf(this.#state);
	}

	/** Says goodbye to everybody. */
	close(): void {
		for (const timer of this.#timers) clearInterval(timer);
		for (const socket of this.#sockets.values()) socket.close(closeCodes.stopping, 'broker stops');
		this.#upgrades.close();
	}

	/** Cuts those off that did not say goodbye back. */
	terminate(): void {
		for (const socket of this.#sockets.values()) socket.terminate();
	}

	#onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
		const onEarlyError = (): void => {
			socket.destroy();
		};
		socket.on('error', onEarlyError);
		const visit = this.#visit(request);
		if ('refused' in visit) {
			refuse(socket, visit.refused, visit.why);
			return;
		}
		this.#upgrades.handleUpgrade(request, socket, head, (webSocket) => {
			socket.off('error', onEarlyError);
			this.#onSocket(webSocket, networkPrefix(this.#remoteAddress(request)), visit.audience);
		});
	}

	/** Whether a request for a WebSocket is for us and may be granted. */
	#visit(request: IncomingMessage): { audience: string } | { refused: string; why: string } {
		const path = (request.url ?? '').split('?', 1)[0];
		if (path !== brokerPath) return { refused: '404 Not Found', why: 'No WebSocket here.' };
		const refused = '403 Forbidden';
		const naming = this.#options.naming();
		const audience = audienceOf(naming, request.headers.host, request.socket.remoteAddress ?? '');
		if (audience === undefined) {
			return { refused, why: 'This broker has another name: see --name.' };
		}
		if (!mayConnect(naming, request.headers.origin, audience)) {
			return { refused, why: 'Pages of this origin may not connect: see --origin.' };
		}
		return { audience };
	}

	#onSocket(socket: WebSocket, prefix: Uint8Array, audience: string): void {
		const connection = nameOf<ConnectionId>(randomBytes(brokerBounds.connectionBytes));
		this.#sockets.set(connection, socket);
		socket.on('message', (data, isBinary) => {
			if (isBinary) this.#take({ kind: 'frame', connection, bytes: bytesOfFrame(data) });
			else socket.close(closeCodes.textFrame, 'binary frames only');
		});
		socket.on('pong', () => this.#silent.delete(socket));
		// An oversized or broken frame: ws closes the socket itself, with the fitting code.
		socket.on('error', () => undefined);
		socket.on('close', () => {
			this.#sockets.delete(connection);
			this.#silent.delete(socket);
			this.#take({ kind: 'closed', connection });
		});
		const nonce = Uint8Array.from(randomBytes(brokerBounds.nonceBytes));
		this.#take({ kind: 'opened', connection, nonce, audience, prefix });
	}

	#take(event: RelayEvent): void {
		const at = { nowMs: performance.now(), epochMs: Date.now(), draw: randomInt };
		const actions = step(this.#state, event, at);
		for (const action of actions) this.#carryOut(action);
	}

	#carryOut(action: RelayAction): void {
		switch (action.kind) {
			case 'close':
				this.#sockets.get(action.connection)?.close(action.code, action.reason);
				return;
			case 'send': {
				const socket = this.#sockets.get(action.to);
				if (socket?.readyState !== WebSocket.OPEN) return;
				if (socket.bufferedAmount > this.#options.limits.bufferedBytesMax) socket.terminate();
				else socket.send(encodeBrokerMessage(action.message));
			}
		}
	}

	#ping(): void {
		for (const socket of this.#sockets.values()) {
			if (this.#silent.has(socket)) {
				socket.terminate();
				continue;
			}
			this.#silent.add(socket);
			if (socket.readyState === WebSocket.OPEN) socket.ping();
		}
	}

	#remoteAddress(request: IncomingMessage): string {
		const direct = request.socket.remoteAddress ?? '';
		if (!this.#options.trustProxy) return direct;
		// Only the right-most entry was written by our own proxy; anybody can write the others.
		const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',');
		return forwarded.split(',').at(-1)?.trim() || direct;
	}
}

function refuse(socket: Duplex, status: string, text: string): void {
	const headers = `Connection: close\r\nContent-Type: text/plain\r\nContent-Length: ${String(text.length)}`;
	socket.end(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${text}`);
}

function bytesOfFrame(data: RawData): Uint8Array {
	if (Array.isArray(data)) return new Uint8Array(Buffer.concat(data));
	return new Uint8Array(data);
}
