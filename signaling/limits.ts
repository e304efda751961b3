/**
 * How much a broker takes upon itself. Together with the bounds of the protocol (engine/wire/broker-bounds.ts)
 * they bound its memory: what is known of a connection with 32 circles, 256 tokens and a 1 KiB advert takes
 * some 95 KiB (measured), so 10,000 greedy connections, from at least 20 networks, stay under 1 GiB. With 2
 * circles and 40 tokens it is 10 KiB, so 10,000 honest ones take 100 MiB. Sockets come on top.
 */

/** A token bucket: `capacity` at once, `perSecond` in the long run. */
export interface Allowance {
	readonly capacity: number;
	readonly perSecond: number;
}

export interface RelayLimits {
	readonly connectionsMax: number;
	/** Of one network prefix. Everybody behind one office's router has the same. */
	readonly connectionsPerPrefixMax: number;
	/** An old instance, a restoring one, and some that died without a word and were not yet noticed. */
	readonly connectionsPerPeerMax: number;
	/** Prefixes remembered, those without connections until their allowances are full again. */
	readonly prefixesMax: number;
	/** The newest connections that wait under one token; a token belongs to one pair of peers. */
	readonly waitersPerTokenMax: number;
	readonly proveWithinMs: number;
	/** New connections of one prefix: each costs the check of a signature, 1 to 3 ms. */
	readonly opensPerPrefix: Allowance;
	/** What one connection sends. A message costs 1, and 1 more for every 4 KiB. */
	readonly sentPerConnection: Allowance;
	/** What all connections of one prefix send together. */
	readonly sentPerPrefix: Allowance;
	/** What others relay to one connection, so that many cannot drown one. */
	readonly relayedToConnection: Allowance;
	/** Bytes of a message that cost as much as the message itself. */
	readonly bytesPerCost: number;
}

export const relayLimits: RelayLimits = {
	connectionsMax: 10_000,
	connectionsPerPrefixMax: 512,
	connectionsPerPeerMax: 8,
	prefixesMax: 65_536,
	waitersPerTokenMax: 8,
	proveWithinMs: 10_000,
	opensPerPrefix: { capacity: 128, perSecond: 8 },
	// Setting up one link takes some 10 relayed messages, so this is 40 links at once.
	sentPerConnection: { capacity: 400, perSecond: 40 },
	sentPerPrefix: { capacity: 8000, perSecond: 800 },
	relayedToConnection: { capacity: 800, perSecond: 80 },
	bytesPerCost: 4096
};

/** What the WebSocket shell adds. */
export interface ShellLimits {
	/** Who has not answered a ping when the next one is due is cut off. */
	readonly pingEveryMs: number;
	readonly tickEveryMs: number;
	/** A receiver this far behind is cut off: it would make the broker hold the bytes of others. */
	readonly bufferedBytesMax: number;
	/** How long the closing handshakes may take when the broker stops. */
	readonly stopWithinMs: number;
}

export const shellLimits: ShellLimits = {
	pingEveryMs: 30_000,
	tickEveryMs: 2_000,
	bufferedBytesMax: 1024 * 1024,
	stopWithinMs: 1_000
};

/** Close codes (RFC 6455 section 7.4; 4000 and up are ours). */
export const closeCodes = {
	stopping: 1001,
	textFrame: 1003,
	misbehaved: 1008,
	tryLater: 1013,
	/** A newer connection of the same peer took the place. */
	replaced: 4001,
	proofLate: 4002
} as const;
