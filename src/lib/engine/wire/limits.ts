/** Every bound of the link protocol, version 1. Both ends know them: they are part of the protocol. */

/** Versions of the link protocol that this code speaks, newest first. */
export const linkVersions: readonly number[] = [1];

/** One frame with its header. 64 KiB interleaves well and passes every browser's data channel. */
export const frameBytesMax = 64 * 1024;

/**
 * A block of 1 MiB, its proof tags (16 bytes for each sector of 960: 17,488), and 48,048 bytes left for the
 * header and the seal.
 */
export const recordBytesMax = 1024 * 1024 + 64 * 1024;

/** A head with 256 partners and their shelf states takes under 100 KiB; the rest is room to grow. */
export const headBytesMax = 1024 * 1024;

/** A partner keeps the last three heads of an owner. */
export const headsMax = 3;

/** An agreement document: fixed fields and one circle. */
export const documentBytesMax = 4096;

/** A farewell: two identities, an agreement and a time. */
export const farewellBytesMax = 128;

/** A signed drop order: ranges of shelf numbers. */
export const orderBytesMax = 64 * 1024;

/** A signed shelf state: ranges and one hash. */
export const shelfStateBytesMax = 64 * 1024;

/** A warning, or the word that a partner has reneged: ids, a reason, six numbers and the field names. */
export const noticeBytesMax = 512;

/** A statement of a track record: a document with three signatures, ids, a reason and three times. */
export const statementBytesMax = documentBytesMax + 1024;

/** Statements in one `statements` reply: 24 of the longest fit one reply. */
export const statementsMax = 24;

/** A StripeId. */
export const stripeIdBytes = 16;

/** What a partner waits under for an owner that has nothing but its words. */
export const rendezvousBytes = 32;

/** A proof that its sender belongs to a circle: HMAC-SHA-256. */
export const membershipBytes = 32;

/** A CircleId. */
export const circleIdBytes = 32;

/** What a peer says of itself to its circles. */
export const advertBytesMax = 1024;

/** Introductions in one reply: more than anybody looks for at once. */
export const introductionsMax = 16;

/** A probe of a line: as long as the shortest full block. */
export const probeBytesMax = 256 * 1024;

/** The 168 hours of a week, one bit each. */
export const weekBytes = 21;

/** Bandwidths are stated as powers of two up to this: 64 MB/s. */
export const kilobytesPerSecondMax = 65_536;

/** Entries in one `shelf` reply. */
export const shelfEntriesMax = 4096;

/** A coin of a toss, and the commitment to one (engine/verify/toss.ts). */
export const tossBytes = 32;

/** A compact proof: 320 combined elements and 4 tags, of 4 bytes each (docs/format/proof.md). */
export const proofBytes = 1296;

/** Blocks that the samples of one proof lie in: a proof takes at most 460 samples. */
export const proofSaltsMax = 460;

/** A salt of a block record. */
export const saltBytes = 32;

/** A signed declaration of loss: 4,096 shelf numbers and fixed fields. */
export const declarationBytesMax = 40 * 1024;

/** Why somebody declined, for the details view. UTF-16 code units. */
export const detailCharactersMax = 200;

/** Positions in a stripe: m + k <= 255. */
export const positionMax = 254;

/** The CBOR part of a request: 64 KiB of state or order, a signature and the field names. */
export const requestMetaBytesMax = 68 * 1024;

/** The CBOR part of a reply: 4096 shelf entries of at most 9 + 17 + 2 + 5 + 1 = 34 bytes, and 5 KiB around them. */
export const replyMetaBytesMax = 4096 * 34 + 5 * 1024;

/** Raw bytes behind the CBOR part of a request: one record, or one head. */
export const requestBodyBytesMax = recordBytesMax;

/** Raw bytes behind the CBOR part of a reply: three heads. */
export const replyBodyBytesMax = headsMax * headBytesMax;

/** Requests that one side may have open at the other. An honest peer keeps to it; one that exceeds is cut off. */
export const openRequestsMax = 32;

/** Of them, how many may be bulk: so the control stream never waits for blocks. */
export const openBulkRequestsMax = 24;

/**
 * Bytes of requests that one side may have open at the other: what a partner can make us hold. 32 blocks of
 * 256 KiB, or 7 of the largest.
 */
export const openRequestBytesMax = 8 * 1024 * 1024;

/** Of them, how many may be bulk: 2 MiB are left for a head and a shelf state. */
export const openBulkRequestBytesMax = 6 * 1024 * 1024;

/** One handshake message. */
export const handshakeBytesMax = 512;

/** Frames a peer may send while we still check its signature. */
export const earlyFramesMax = 16;

/** From the open transport to two checked signatures. Two round trips, and a slow phone. */
export const handshakeMs = 15_000;

/**
 * How long a request, a half-received message or the transport may make no progress. A frame of 64 KiB passes
 * in it at 2.2 KB/s.
 */
export const stallMs = 30_000;

/** How often open work is looked at for progress. Nothing runs while a session is idle. */
export const watchMs = 1_000;
