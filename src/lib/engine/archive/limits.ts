/** Sizes and counts of the archive, in one place. Everything that is parsed or kept is bounded by these. */

/** The longest name: 255 UTF-16 code units, as NTFS has them, take up to 765 bytes of UTF-8. */
export const nameBytesMax = 1024;
/** Times are kept as whole milliseconds within 2^47 of the epoch, 4,459 years either way. */
export const modifiedBiasMs = 2 ** 47;
/** The longest file: 6 bytes of length, 256 TiB. */
export const fileBytesMax = 2 ** 48 - 1;

/** stat() calls in flight: measured, 16 are 1.7 times as fast as one, and more are no faster. */
export const statsInFlightMax = 16;
/** Directories that are listed at once. */
export const listingsInFlightMax = 4;
/** Entries of the list of what was left out; the count goes on. */
export const leftOutListMax = 1000;

/** One read of a file: a few chunks long, so that no file is ever whole in memory. */
export const readBytesMax = 1024 * 1024;
/** Files up to this are read several at once; larger ones alone, so that their chunks lie together. */
export const smallFileBytesMax = 1024 * 1024;
/** Small files that are read at once. */
export const smallReadsInFlightMax = 8;
/** Chunks between their hash and their place in a stripe. */
export const chunksInFlightMax = 8;

/** A checkpoint is due after so much new data ... */
export const checkpointBytes = 1024 * 1024 * 1024;
/** ... or after so long, whichever comes first. */
export const checkpointMs = 10 * 60 * 1000;

/** Index segments in a head beyond which the smallest ones are merged whatever their sizes. */
export const segmentsMax = 12;
/** Contents of one stripe in a segment: 73 bytes a chunk, for more chunks than a payload could hold. */
export const contentsBytesMax = 4 * 1024 * 1024;

/** Records that are read or written at once. */
export const recordsPerBatch = 256;
