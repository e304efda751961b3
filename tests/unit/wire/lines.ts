/** Two peers with a session between them over an in-process link, as most of these tests need them. */
import { type InstanceId, nameOf, type PeerId } from '../../../src/lib/engine/identifiers.ts';
import { peerOf } from '../../../src/lib/engine/keys/signature.ts';
import type { Address, Link, Log } from '../../../src/lib/engine/ports.ts';
import type { HandshakeOptions } from '../../../src/lib/engine/wire/handshake.ts';
import type { Reply, Request } from '../../../src/lib/engine/wire/messages.ts';
import {
	openSession,
	type Session,
	type SessionOptions
} from '../../../src/lib/engine/wire/session.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import { type LinkFaults, MemoryNetwork } from '../../doubles/links.ts';
import { SeededRandom } from '../../doubles/random.ts';

export const aliceAddress = 'alice' as Address;
export const bobAddress = 'bob' as Address;

/** A peer with its keys and its own randomness. */
export function person(name: string): Pick<HandshakeOptions, 'keys' | 'instance' | 'random'> {
	const random = new SeededRandom(name);
	const identitySecret = random.bytes(32);
	return {
		keys: { peer: peerOf(identitySecret), identitySecret },
		instance: nameOf<InstanceId>(random.bytes(16)),
		random
	};
}

export const alice = person('alice');
export const bob = person('bob');

/** Both ends of one link with these faults. */
export async function linkPair(
	faults: LinkFaults = {},
	clock = new VirtualClock()
): Promise<readonly [dialer: Link, answerer: Link]> {
	const network = new MemoryNetwork({ clock, plan: () => faults });
	const answered = new Promise<Link>((resolve) => network.attach(bobAddress).onLink(resolve));
	const dialed = await network.attach(aliceAddress).dial(bobAddress);
	return [dialed, await answered];
}

export type Serve = (request: Request, session: Session) => Promise<Reply>;

export interface Line {
	readonly clock: VirtualClock;
	readonly alice: Session;
	readonly bob: Session;
	readonly log: string[];
}

export interface LineOptions {
	readonly faults?: LinkFaults;
	/** What bob answers. */
	readonly serve?: Serve;
	/** What alice answers. */
	readonly serveAtAlice?: Serve;
}

const acknowledge: Serve = () => Promise.resolve({ type: 'acknowledged' });

/** Alice dialled bob, and both shook hands. */
export async function line(options: LineOptions = {}): Promise<Line> {
	const clock = new VirtualClock();
	const [dialed, answered] = await linkPair(options.faults, clock);
	const entries: string[] = [];
	const log: Log = { write: (level, text) => entries.push(`${level}: ${text}`) };
	const [atAlice, atBob] = await Promise.all([
		openSession(dialed, dialing(clock, { log, serve: options.serveAtAlice ?? acknowledge })),
		openSession(answered, answering(clock, { log, serve: options.serve ?? acknowledge }))
	]);
	return { clock, alice: atAlice, bob: atBob, log: entries };
}

/** What alice opens her end with. */
export function dialing(clock: VirtualClock, more: Partial<SessionOptions> = {}): SessionOptions {
	return { ...alice, role: 'dialer', clock, serve: acknowledge, ...more };
}

/** What bob opens his end with. */
export function answering(clock: VirtualClock, more: Partial<SessionOptions> = {}): SessionOptions {
	return { ...bob, role: 'answerer', clock, serve: acknowledge, ...more };
}

/** Bob's PeerId. */
export const bobId: PeerId = bob.keys.peer;
