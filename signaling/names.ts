/**
 * The names of this broker: what a proof of identity may be addressed to, and which pages may connect. Were
 * any Host header believed, another broker could pass its clients' proofs on to this one under its own name
 * (and a page could reach this one by DNS rebinding).
 */
import { hostname, networkInterfaces } from 'node:os';
import { isLoopback } from './prefix.ts';

export interface Naming {
	readonly tls: boolean;
	readonly port: number;
	/** What the server listens on: an address, a name, '0.0.0.0' or '::'. */
	readonly host: string;
	/** Further names, each with its port where that is not the scheme's own: those behind a proxy. */
	readonly names: readonly string[];
	/** Further origins whose pages may connect; '*' lets every page in. */
	readonly origins: readonly string[];
}

/**
 * The audience of a client's proof: the name it dialled, as its URL parser writes it. Undefined when this
 * broker does not go by that name, or not for that client: everybody's own machine is called localhost.
 */
export function audienceOf(
	naming: Naming,
	hostHeader: string | undefined,
	remoteAddress: string
): string | undefined {
	const host = normalHost(hostHeader ?? '', naming.tls);
	if (host === undefined) return undefined;
	if (naming.names.some((name) => normalHost(name, naming.tls) === host)) return host;
	const local = isLoopback(remoteAddress) ? ['localhost', '127.0.0.1', '[::1]'] : [];
	const own = [...local, ...reachableNames(naming.host)];
	const known = own.some((name) => withPort(name, naming) === host);
	return known ? host : undefined;
}

/** Whether a page of this origin may connect. Programs that are no browsers send none. */
export function mayConnect(naming: Naming, origin: string | undefined, audience: string): boolean {
	if (origin === undefined || naming.origins.includes('*')) return true;
	if (!URL.canParse(origin)) return false;
	const page = new URL(origin);
	if (page.host === audience) return true;
	return naming.origins.some(
		(allowed) => URL.canParse(allowed) && page.origin === originOf(allowed)
	);
}

/** The names under which others on the network can reach a server that listens on `host`. */
export function reachableNames(host: string): readonly string[] {
	if (host !== '0.0.0.0' && host !== '::' && host !== '') {
		return [host.includes(':') ? `[${host}]` : host];
	}
	const machine = hostname().toLowerCase();
	const names = machine.includes('.') ? [machine] : [machine, `${machine}.local`];
	const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
	const outer = addresses.filter(({ internal, scopeid }) => !internal && (scopeid ?? 0) === 0);
	return [
		...outer.map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address)),
		...names
	];
}

function withPort(name: string, { tls, port }: Naming): string | undefined {
	return normalHost(`${name}:${String(port)}`, tls);
}

/** As URL parsers write it: lower case, without the scheme's own port. */
function normalHost(host: string, tls: boolean): string | undefined {
	const url = `${tls ? 'https' : 'http'}://${host}/`;
	if (host === '' || !URL.canParse(url)) return undefined;
	const parsed = new URL(url);
	return parsed.pathname === '/' && parsed.username === '' ? parsed.host : undefined;
}

function originOf(url: string): string {
	return new URL(url).origin;
}
