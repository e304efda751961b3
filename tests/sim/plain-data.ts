/** Copies of plain data, as a database makes them: much cheaper than structured cloning, and for nothing else. */

/** Records consist of plain objects, lists, byte arrays and values. */
export function copyOf<T>(value: T): T {
	return copied(value) as T;
}

function copied(value: unknown): unknown {
	if (typeof value !== 'object' || value === null) return value;
	if (value instanceof Uint8Array) return value.slice();
	if (Array.isArray(value)) return value.map(copied);
	const copy: Record<string, unknown> = {};
	for (const key of Object.keys(value)) copy[key] = copied((value as Record<string, unknown>)[key]);
	return copy;
}
