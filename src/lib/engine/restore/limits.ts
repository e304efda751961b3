/** Sizes and times of a restore, in one place. */

const MiB = 1024 * 1024;

/** Payloads kept after they were decoded: about 60 stripes of 1 MiB, so that files that share stripes share reads. */
export const stripeCacheBytesMax = 64 * MiB;
/**
 * Plain bytes that are opened before they are written. At one stripe of 1 MiB for 1 to 3 MiB of files it keeps 5
 * to 16 stripes under way, which is 3 to 8 blocks for each of 8 partners.
 */
export const readAheadBytesMax = 16 * MiB;
/** Chunks under way at once, however small: two stripes full of files of 1 KiB. */
export const readAheadChunksMax = 2048;
/** Payloads that are fetched at once; each is in memory twice while it is decoded. */
export const fetchBytesMax = 32 * MiB;
/** What a stripe is taken to weigh while nothing is known of it. */
export const unknownStripeBytes = 4 * MiB;
/** A directory or an index segment longer than this is not read into memory. */
export const objectBytesMax = 256 * MiB;
/** Directories kept decoded while somebody browses. */
export const directoriesKeptMax = 1000;
/** Paths that a search gives. */
export const foundPathsMax = 1000;

/** Blocks asked of one partner at once. The link protocol takes 24; fewer leave room for repair and challenges. */
export const blocksInFlightPerPartnerMax = 12;
/** Beyond two blocks, no more is asked of a partner than it can deliver in this time. */
export const queueMsMax = 4_000;
/** How often one block is asked for at one partner. */
export const attemptsPerPlaceMax = 2;

/** What a partner is expected to deliver before it was measured: slow enough that measured ones are not beaten. */
export const unmeasuredBytesPerSecond = 1 * MiB;
/** A partner is given this multiple of the expected time to deliver something ... */
export const patienceFactor = 4;
/** ... but never less than this, so that a short pause costs nothing ... */
export const patienceMsMin = 1_500;
/** ... nor more: a stalled partner must not stall the restore. Then another one is asked beside it. */
export const patienceMsMax = 10_000;
/** The same happens after this many patiences, though the partner delivers other blocks. */
export const patiencesMax = 3;
/** An attempt at a partner that delivered nothing at all for this long counts as failed. */
export const giveUpMs = 60_000;
/** How long partners are waited for that have not shown their heads or shelves while nobody else does. */
export const settleMs = 5_000;
