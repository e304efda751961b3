/**
 * A broker that lies: it passes everything on to an honest one, but in set-up messages it can name another
 * certificate than the peer's own, as one would that wants to sit in the middle.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import {
	decodeBrokerMessage,
	encodeBrokerMessage
} from '../../src/lib/engine/wire/broker-messages.ts';
import { decodeSetup, encodeSetup } from '../../src/lib/adapters/webrtc/setup-messages.ts';

export class TamperingProxy {
	/** Whether it lies from now on. */
	lies = false;
	/** How many set-up messages it falsified. */
	lied = 0;
	readonly authority: string;
	readonly brokerUrl: string;
	readonly #server: Server;
	readonly #sockets = new Set<WebSocket>();
	#target = '';

	private constructor(server: Server) {
		this.#server = server;
		this.authority = `localhost:${(server.address() as AddressInfo).port}`;
		this.brokerUrl = `ws://${this.authority}/broker`;
		new WebSocketServer({ server }).on('connection', (visitor) => {
			this.#pass(visitor);
		});
	}

	static async listen(): Promise<TamperingProxy> {
		const server = createServer();
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		return new TamperingProxy(server);
	}

	/** The honest broker beside an app. */
	forwardTo(address: string): void {
		this.#target = `${address.replace('http', 'ws')}/broker`;
	}

	async close(): Promise<void> {
		for (const socket of this.#sockets) socket.terminate();
		await new Promise((resolve) => this.#server.close(resolve));
	}

	#pass(visitor: WebSocket): void {
		const broker = new WebSocket(this.#target, { headers: { host: this.authority } });
		const waiting: Buffer[] = [];
		visitor.on('message', (data: Buffer) => {
			if (broker.readyState === WebSocket.OPEN) broker.send(data);
			else waiting.push(data);
		});
		broker.on('open', () => {
			for (const data of waiting) broker.send(data);
		});
		broker.on('message', (data: Buffer) => {
			visitor.send(this.lies ? this.#falsified(data) : data);
		});
		for (const [one, other] of [
			[visitor, broker],
			[broker, visitor]
		] as const) {
			this.#sockets.add(one);
			one.on('error', () => {
				other.terminate();
			});
			one.on('close', () => {
				this.#sockets.delete(one);
				other.close();
			});
		}
	}

	#falsified(data: Buffer): Uint8Array {
		const message = decodeBrokerMessage(new Uint8Array(data));
		if (message.type !== 'relayed') return data;
		const setup = decodeSetup(message.payload);
		if (setup.type !== 'offer' && setup.type !== 'answer') return data;
		this.lied++;
		const sdp = setup.sdp.replace(
			/(a=fingerprint:sha-256 )(..)/,
			(_, name: string, byte: string) => name + (byte === '00' ? '01' : '00')
		);
		return encodeBrokerMessage({ ...message, payload: encodeSetup({ ...setup, sdp }) });
	}
}
