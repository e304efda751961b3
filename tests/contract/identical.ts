/** Whether two long arrays hold the same bytes: `toEqual` takes seconds for a mebibyte. */
export function identical(a: Uint8Array, b: Uint8Array): boolean {
	return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
