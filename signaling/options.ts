/** The command line of `npm start`. */
import { parseArgs } from 'node:util';
import { isTurn } from '../src/lib/engine/wire/ice-url.ts';
import { brokerBounds } from '../src/lib/engine/wire/broker-bounds.ts';
import type { TurnServer } from './turn.ts';

export const usage = `Holdfast: the app and its broker on one port.

  npm start -- [options]

  --port NUMBER    port to listen on (8480)
  --host ADDRESS   address to listen on (127.0.0.1: this machine only; 0.0.0.0: every network)
  --cert FILE      certificate, PEM, with its chain: serves TLS, which other machines' browsers need
  --key FILE       its private key, PEM
  --name HOST      a name that this server is reached by, when it is none of this machine's own:
                   behind a proxy, a port mapping or a DNS name; may be repeated
  --origin URL     a page of another origin that may use this broker; may be repeated; '*' for any
  --trust-proxy    take clients' addresses from the last entry of X-Forwarded-For
  --turn URL       a TURN server of yours for links that go no other way, such as turn:turn.example.org:3478;
                   again for further ways to the same server
  --turn-secret SECRET
                   the secret that it shares with this broker (coturn: static-auth-secret). In the
                   environment, as HOLDFAST_TURN_SECRET, other users of this machine do not see it
  --broker-only    serve no app
  --help           this text

docs/operating-a-broker.md explains TLS, local networks and proxies.`;

export interface CommandLine {
	readonly port: number;
	readonly host: string;
	readonly cert?: string;
	readonly key?: string;
	readonly names: readonly string[];
	readonly origins: readonly string[];
	readonly trustProxy: boolean;
	readonly brokerOnly: boolean;
	readonly turn?: TurnServer;
}

/** The command line cannot be understood; the message says what to write instead. */
export class UsageError extends Error {
	override readonly name = 'UsageError';
}

/** 'help' when help is asked for. Throws UsageError. */
export function parseCommandLine(
	args: readonly string[],
	environment: Readonly<Record<string, string | undefined>> = {}
): CommandLine | 'help' {
	const values = rawOptions(args);
	if (values.help) return 'help';
	const { cert, key, host, name, origin } = values;
	if ((cert === undefined) !== (key === undefined)) {
		throw new UsageError('TLS needs both: --cert with the certificate and --key with its key.');
	}
	const turn = turnOf(values.turn, values['turn-secret'] ?? environment['HOLDFAST_TURN_SECRET']);
	return {
		port: portOf(values.port),
		host,
		...(cert === undefined ? {} : { cert }),
		...(key === undefined ? {} : { key }),
		names: name.map(hostOf),
		origins: origin.map(originOf),
		trustProxy: values['trust-proxy'],
		brokerOnly: values['broker-only'],
		...(turn === undefined ? {} : { turn })
	};
}

function rawOptions(args: readonly string[]) {
	try {
		return parseArgs({
			args: [...args],
			options: {
				port: { type: 'string', default: '8480' },
				host: { type: 'string', default: '127.0.0.1' },
				cert: { type: 'string' },
				key: { type: 'string' },
				name: { type: 'string', multiple: true, default: [] },
				origin: { type: 'string', multiple: true, default: [] },
				'trust-proxy': { type: 'boolean', default: false },
				turn: { type: 'string', multiple: true, default: [] },
				'turn-secret': { type: 'string' },
				'broker-only': { type: 'boolean', default: false },
				help: { type: 'boolean', short: 'h', default: false }
			}
		}).values;
	} catch (error) {
		throw new UsageError(error instanceof Error ? error.message : String(error));
	}
}

function portOf(text: string): number {
	const port = Number(text);
	if (/^\d+$/.test(text) && port <= 65535) return port;
	throw new UsageError(`--port takes a number from 0 to 65535, not '${text}'.`);
}

function hostOf(text: string): string {
	if (/^[^\s/]+$/.test(text) && URL.canParse(`http://${text}/`)) return text;
	throw new UsageError(`--name takes a host such as backup.example.org, not '${text}'.`);
}

function originOf(text: string): string {
	if (text === '*') return text;
	if (/^https?:\/\//.test(text) && URL.canParse(text)) return new URL(text).origin;
	throw new UsageError(`--origin takes a URL such as https://backup.example.org, not '${text}'.`);
}

function turnOf(urls: readonly string[], secret: string | undefined): TurnServer | undefined {
	if (urls.length === 0) return undefined;
	const wrong = urls.find((url) => !isTurn(url));
	if (wrong !== undefined) {
		throw new UsageError(`--turn takes an address such as turn:turn.example.org, not '${wrong}'.`);
	}
	if (urls.length > brokerBounds.turnUrlsMax) {
		throw new UsageError(`--turn takes ${String(brokerBounds.turnUrlsMax)} addresses at most.`);
	}
	if (secret === undefined || secret === '') {
		throw new UsageError('A TURN server needs --turn-secret with the secret that it knows.');
	}
	return { urls, secret };
}
