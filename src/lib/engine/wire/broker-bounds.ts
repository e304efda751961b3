/** Bounds of the protocol. A broker may allow less where it says so (signaling/limits.ts). */
export const brokerBounds = {
	/** Longest message to a broker: a full `publish` is 256 * 34 + 32 * 34 + 1024, a full `relay` 16 KiB. */
	requestBytesMax: 32 * 1024,
	/** Longest message from a broker: 64 candidates of 1024 + 54 bytes and their field names. */
	answerBytesMax: 96 * 1024,
	nonceBytes: 32,
	signatureBytes: 64,
	connectionBytes: 16,
	nameBytes: 32,
	tokenBytes: 32,
	advertBytesMax: 1024,
	payloadBytesMax: 16 * 1024,
	/** An IPv6 /48; an IPv4 /24 takes 3, an unknown prefix none. */
	prefixBytesMax: 6,
	circlesMax: 32,
	tokensMax: 256,
	tokensAskedMax: 64,
	sampleMax: 32,
	candidatesMax: 64,
	versionsMax: 8,
	audienceBytesMax: 255,
	/** One server by UDP, TCP and TLS, and one more. */
	turnUrlsMax: 4,
	turnUrlCharactersMax: 280,
	turnUsernameCharactersMax: 128,
	turnCredentialCharactersMax: 128,
	/** A week. */
	turnSecondsMax: 7 * 24 * 60 * 60,
	requestMax: 0xffff_ffff
} as const;
