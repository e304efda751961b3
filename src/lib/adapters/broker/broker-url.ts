/** What a person may write as the address of a broker, and what is made of it. */
export interface BrokerUrl {
	/** Of the WebSocket. */
	readonly socket: string;
	/** Host and port: whom a proof of identity is addressed to. */
	readonly audience: string;
}

/** Also takes the address of the app that a broker serves. Undefined when it is no address at all. */
export function parseBrokerUrl(text: string): BrokerUrl | undefined {
	const swapped = text.trim().replace(/^http(s?):/i, 'ws$1:');
	if (!/^wss?:\/\//i.test(swapped) || !URL.canParse(swapped)) return undefined;
	const url = new URL(swapped);
	if (url.pathname === '/') url.pathname = '/broker';
	url.hash = '';
	url.username = '';
	url.password = '';
	return { socket: url.href, audience: url.host };
}
