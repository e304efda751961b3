/** How a restore sees the partners: lines that come and go, each of which may be slow, silent or hostile. */
import type { PeerId } from '../identifiers.ts';
import type { Unsubscribe } from '../ports.ts';
import type { Reply, Request } from '../wire/messages.ts';

/** One conversation with a partner; a session of engine/wire is one. */
export interface HolderLine {
	readonly peer: PeerId;
	/** Rejects when no answer will come: with LinkClosed when the line is gone, or when it timed out. */
	request(request: Request, options?: { readonly priority?: 'control' | 'bulk' }): Promise<Reply>;
}

export interface Holders {
	/** Those reachable now, at most one line for each partner. The same line is the same object. */
	lines(): readonly HolderLine[];
	/** Called whenever a line came or went. */
	onChange(listener: () => void): Unsubscribe;
}

/** What a partner answers; undefined when no answer came, which is no exception when partners are involved. */
export async function ask(
	line: HolderLine,
	request: Request,
	priority: 'control' | 'bulk'
): Promise<Reply | undefined> {
	try {
		return await line.request(request, { priority });
	} catch {
		return undefined;
	}
}
