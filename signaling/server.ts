/** App and broker on one port: what `npm start` runs, and what tests, demo and benches start for themselves. */
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { answer, serveFiles } from './files.ts';
import { relayLimits, shellLimits, type RelayLimits, type ShellLimits } from './limits.ts';
import type { Naming } from './names.ts';
import { BrokerShell, brokerPath } from './shell.ts';
import type { RelayCounts } from './state.ts';
import type { TurnServer } from './turn.ts';

export interface ServerOptions {
	/** 0 takes a free one. Default 8480. */
	readonly port?: number;
	/** Address to listen on; '0.0.0.0' or '::' for all. Default 127.0.0.1. */
	readonly host?: string;
	/** PEM. Both or neither. */
	readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
	/** The built app; without it only the broker is served. */
	readonly appFolder?: string;
	/** Further names of this server (names.ts). */
	readonly names?: readonly string[];
	/** Further origins whose pages may connect (names.ts). */
	readonly origins?: readonly string[];
	/** Whether one proxy stands in front (shell.ts). Default false. */
	readonly trustProxy?: boolean;
	/** Offered to every peer (turn.ts). */
	readonly turn?: TurnServer;
	readonly limits?: Partial<RelayLimits & ShellLimits>;
}

export interface RunningServer {
	/** Of the app, without a slash at its end. */
	readonly url: string;
	/** Of the broker's WebSocket. */
	readonly brokerUrl: string;
	readonly port: number;
	readonly counts: () => RelayCounts;
	/** Resolves when the port is free again and every connection is gone. */
	close(): Promise<void>;
}

/** There is no built app in the folder. */
export class AppMissing extends Error {
	override readonly name = 'AppMissing';
}

/**
 * Starts listening. Rejects with AppMissing, with the system's error when the port cannot be had, and with
 * OpenSSL's when certificate or key are no good.
 */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
	const { port = 8480, host = '127.0.0.1', appFolder } = options;
	if (appFolder !== undefined) await requireApp(appFolder);
	const server = makeServer(options);
	const shell = new BrokerShell(server, {
		naming: () => namingOf(server, host, options),
		limits: { ...relayLimits, ...shellLimits, ...options.limits },
		trustProxy: options.trustProxy ?? false,
		...(options.turn === undefined ? {} : { turn: options.turn })
	});
	const files = appFolder === undefined ? undefined : serveFiles(appFolder);
	server.on('request', (request: IncomingMessage, response: ServerResponse) => {
		if (request.url === `${brokerPath}/health`) sendHealth(request, response, shell.counts);
		else if (files === undefined) answer(response, 404, 'This is a broker without the app.');
		else void files(request, response);
	});
	try {
		await listen(server, port, host);
	} catch (error) {
		shell.close();
		throw error;
	}
	return describe(server, shell, host, options);
}

async function requireApp(folder: string): Promise<void> {
	const page = join(folder, 'index.html');
	const found = await stat(page).catch(() => undefined);
	if (found?.isFile() !== true) throw new AppMissing(`There is no ${page}.`);
}

function makeServer({ tls }: ServerOptions): Server {
	if (tls === undefined) return createServer();
	return createTlsServer({ cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2' });
}

function listen(server: Server, port: number, host: string): Promise<void> {
	return new Promise((resolve, reject) => {
		server.once('error', reject);
		server.listen(port, host, () => {
			server.off('error', reject);
			resolve();
		});
	});
}

function portOf(server: Server): number {
	return (server.address() as AddressInfo).port;
}

function namingOf(server: Server, host: string, options: ServerOptions): Naming {
	const { names = [], origins = [], tls } = options;
	return { tls: tls !== undefined, port: portOf(server), host, names, origins };
}

function describe(
	server: Server,
	shell: BrokerShell,
	host: string,
	options: ServerOptions
): RunningServer {
	const port = portOf(server);
	const secure = options.tls === undefined ? '' : 's';
	const authority = `${visibleHost(host)}:${String(port)}`;
	return {
		url: `http${secure}://${authority}`,
		brokerUrl: `ws${secure}://${authority}${brokerPath}`,
		port,
		counts: () => shell.counts,
		close: () => stop(server, shell)
	};
}

/** A page of localhost is a secure context even without TLS; one of a bare address is not. */
function visibleHost(host: string): string {
	if (['127.0.0.1', '0.0.0.0', '::', '::1', ''].includes(host)) return 'localhost';
	return host.includes(':') ? `[${host}]` : host;
}

function stop(server: Server, shell: BrokerShell): Promise<void> {
	shell.close();
	return new Promise((resolve) => {
		const late = setTimeout(() => {
			shell.terminate();
			server.closeAllConnections();
		}, shellLimits.stopWithinMs);
		server.close(() => {
			clearTimeout(late);
			resolve();
		});
		server.closeIdleConnections();
	});
}

function sendHealth(request: IncomingMessage, response: ServerResponse, counts: RelayCounts): void {
	const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
	response.writeHead(200, headers).end(request.method === 'HEAD' ? '' : JSON.stringify(counts));
}
