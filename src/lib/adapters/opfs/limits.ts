/** The lengths of docs/format/pack.md. */

/** How long a pack may grow: few enough files for 100 GiB (1,600), short enough to be emptied and removed. */
export const packBytesMax = 64 * 1024 * 1024;

/** Safari opens no more than about 252 sync access handles for an origin; a reopening costs 3 to 15 ms. */
export const handlesMax = 64;

/** Puts that share one flush and one transaction: at 256 KiB a block, one pack's worth of bytes. */
export const groupBlocksMax = 256;

/** Numbers that one transaction deletes. */
export const deletesAtOnceMax = 1000;

/** Rows of the index that are read at once when the store opens. */
export const rowsAtOnceMax = 5000;
