/** Sizes of the byte formats, in one place. Everything that is parsed is bounded by these. */

const KiB = 1024;

/** Chunks are cut no earlier than here, except at the end of a file. */
export const chunkBytesMin = 128 * KiB;
/** Where the chunker's rule turns from strict to lenient; the mean chunk is a little above it. */
export const chunkBytesNormal = 512 * KiB;
/**
 * The longest chunk. Together with the stripe's own needs it fits the smallest full payload:
 * 983,040 + 16 (tag) + 28 + 73 (contents) + 16 (tag) + 44 (footer) < 1,048,576 = m * blockBytes at
 * m <= 4.
 */
export const chunkBytesMax = 960 * KiB;

/** m + k at most: positions of a Reed-Solomon code over GF(2^8), and partners of one stripe. */
export const stripeBlocksMax = 255;
/** The longest block: a stripe of one data block (m = 1) still carries the longest chunk. */
export const blockBytesMax = 1024 * KiB;
/**
 * A full block of a wide stripe. Smaller ones would cost more records, larger ones more memory a
 * stripe.
 */
export const blockBytesWide = 256 * KiB;
/** Least payload of a full stripe, from which narrow stripes get their block length. */
export const payloadBytesWanted = 1024 * KiB;
/** Block lengths are multiples of this: a cache line, and whole vectors for the coder. */
export const blockGranuleBytes = 64;

/** Length of an AES-GCM tag. */
export const tagBytes = 16;
/** Length of every SHA-256 and HMAC-SHA-256 output. */
export const hashBytes = 32;

/** Proof tags: 16 bytes for each started sector of 960 (320 symbols of 24 bits; +1.7 % space). */
export const proofSectorBytes = 960;
export const proofTagBytesPerSector = 16;

/** The highest shelf number: 6 bytes, which at 1,000 blocks a second last 8,900 years. */
export const shelfNumberMax = 2 ** 48 - 1;
