/**
 * What happened, as one number: two runs are the same run when their digests are. A sink gets every line as text, to see
 * where two runs part.
 */
export type TraceSink = (line: string) => void;

/** FNV-1a over 32 bits, twice with different primes: enough to tell runs apart, and cheap for every frame. */
export class Trace {
	#a = 0x811c9dc5;
	#b = 0x1b873593;
	#lines = 0;
	readonly #sink: TraceSink | undefined;

	constructor(sink?: TraceSink) {
		this.#sink = sink;
	}

	get lines(): number {
		return this.#lines;
	}

	/** 16 hexadecimal digits. */
	get digest(): string {
		const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');
		return hex(this.#a) + hex(this.#b);
	}

	/** Notes that something happened at a time: what, to which two machines, and its bytes. */
	note(what: string, at: number, from: number, to: number, bytes?: Uint8Array): void {
		this.#lines++;
		const content = bytes === undefined ? 0 : digestOf(bytes);
		for (let i = 0; i < what.length; i++) this.#mix(what.charCodeAt(i));
		this.#mix((at % 0x1_0000_0000) | 0);
		this.#mix((from << 16) ^ to);
		this.#mix(content);
		this.#sink?.(`${String(at)} ${what} ${String(from)}>${String(to)} ${content.toString(16)}`);
	}

	#mix(word: number): void {
		this.#a = Math.imul(this.#a ^ word, 0x01000193);
		this.#b = Math.imul((this.#b << 5) ^ (this.#b >>> 27) ^ word, 0x9e3779b1);
	}
}

/** Of long frames every eighth byte counts: a digest need not see a change that the next message shows. */
function digestOf(bytes: Uint8Array): number {
	const stride = bytes.length > 512 ? 8 : 1;
	let hash = 0x811c9dc5 ^ bytes.length;
	for (let i = 0; i < bytes.length; i += stride) {
		hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
	}
	return hash >>> 0;
}
