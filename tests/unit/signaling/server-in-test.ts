/** A server for one test, and clients that speak to it without any of the project's own client code. */
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { WebSocket, type ClientOptions } from 'ws';
import { startServer, type RunningServer, type ServerOptions } from '../../../signaling/server.ts';
import {
	decodeBrokerMessage,
	encodeClientMessage,
	type BrokerMessage,
	type ClientMessage
} from '../../../src/lib/engine/wire/broker-messages.ts';
import { proof } from './relay.ts';

/** What a test ends with. */
export class Cleanup {
	readonly #undo: (() => Promise<void> | void)[] = [];

	add(undo: () => Promise<void> | void): void {
		this.#undo.push(undo);
	}

	async run(): Promise<void> {
		for (const undo of this.#undo.splice(0).reverse()) await undo();
	}
}

export async function serverInTest(
	cleanup: Cleanup,
	options: ServerOptions = {}
): Promise<RunningServer> {
	const server = await startServer({ port: 0, ...options });
	cleanup.add(() => server.close());
	return server;
}

/** A folder with these files: path to content. */
export async function folderInTest(
	cleanup: Cleanup,
	files: Readonly<Record<string, string>>
): Promise<string> {
	const root = await mkdtemp(join(tmpdir(), 'holdfast-app-'));
	cleanup.add(() => rm(root, { recursive: true }));
	for (const [path, content] of Object.entries(files)) {
		await mkdir(dirname(join(root, path)), { recursive: true });
		await writeFile(join(root, path), content);
	}
	return root;
}

export interface Response {
	readonly status: number | undefined;
	readonly headers: IncomingHttpHeaders;
	readonly body: Buffer;
}

/** Sends a path just as it is written; fetch would tidy it up first. */
export async function ask(
	server: RunningServer,
	path: string,
	options: { method?: string; headers?: Record<string, string> } = {}
): Promise<Response> {
	const asked = request({ host: '127.0.0.1', port: server.port, path, ...options });
	asked.end();
	const [response] = (await once(asked, 'response')) as [import('node:http').IncomingMessage];
	const parts: Buffer[] = [];
	for await (const part of response) parts.push(part as Buffer);
	return { status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) };
}

/** One WebSocket, its messages in their order. */
export class Visitor {
	readonly socket: WebSocket;
	readonly closed: Promise<number>;
	readonly #messages: BrokerMessage[] = [];
	#wake: () => void = () => undefined;

	constructor(cleanup: Cleanup, url: string, options: ClientOptions = {}) {
		this.socket = new WebSocket(url, options);
		this.socket.binaryType = 'arraybuffer';
		this.socket.on('error', () => undefined);
		this.socket.on('message', (data) => {
			this.#messages.push(decodeBrokerMessage(new Uint8Array(data as ArrayBuffer)));
			this.#wake();
		});
		this.closed = new Promise((resolve) => this.socket.once('close', resolve));
		cleanup.add(() => {
			this.socket.terminate();
		});
	}

	/** Connects and proves to be the peer of this seed. */
	static async proven(
		cleanup: Cleanup,
		server: RunningServer,
		seed: number,
		options: ClientOptions = {}
	): Promise<Visitor> {
		const visitor = new Visitor(cleanup, server.brokerUrl, options);
		const challenge = await visitor.next('challenge');
		visitor.say(proof(seed, challenge.nonce, new URL(server.brokerUrl).host));
		return visitor;
	}

	say(message: ClientMessage): void {
		this.socket.send(encodeClientMessage(message));
	}

	/** The next message, which must be of this type. */
	async next<Type extends BrokerMessage['type']>(
		type: Type
	): Promise<Extract<BrokerMessage, { type: Type }>> {
		while (this.#messages.length === 0) {
			await new Promise<void>((resolve) => {
				this.#wake = resolve;
			});
		}
		const message = this.#messages.shift();
		if (message?.type !== type) throw new Error(`${String(message?.type)} instead of ${type}`);
		return message as Extract<BrokerMessage, { type: Type }>;
	}
}

/** The HTTP status with which an upgrade is answered: 101 when it is granted. */
export function upgradeStatus(
	cleanup: Cleanup,
	url: string,
	options: ClientOptions = {}
): Promise<number | undefined> {
	const { socket } = new Visitor(cleanup, url, options);
	return new Promise((resolve) => {
		socket.once('open', () => {
			resolve(101);
		});
		socket.once('unexpected-response', (_request, { statusCode }) => {
			resolve(statusCode);
		});
	});
}
