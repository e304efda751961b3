/**
 * Addresses of STUN and TURN servers (RFC 7064, RFC 7065), as far as every browser takes them: one that it does not
 * understand would keep it from making any connection at all. So: a name or an IPv4 address, no `stuns`, and a
 * transport for TURN only.
 */
const form =
	/^(stun|turn|turns):([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/;

export type IceScheme = 'stun' | 'turn' | 'turns';

/** What kind of server an address in lower case names; undefined when it is no such address. */
export function iceScheme(url: string): IceScheme | undefined {
	const [, scheme, , port = '1', transport] = form.exec(url) ?? [];
	if (Number(port) < 1 || Number(port) > 65_535) return undefined;
	if (scheme === 'stun') return transport === undefined ? scheme : undefined;
	return scheme === 'turn' || scheme === 'turns' ? scheme : undefined;
}

/** TURN servers ask who one is; STUN servers answer everybody. */
export function isTurn(url: string): boolean {
	const scheme = iceScheme(url);
	return scheme === 'turn' || scheme === 'turns';
}
