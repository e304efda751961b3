/** What can go wrong between the engine and its coder. `retry` says whether the same call can succeed when made again. */

/**
 * The coder's WASM panicked: a broken invariant of ours. The instance was thrown away and the next call gets a fresh
 * one; the same call would panic again.
 */
export class CoderPanic extends Error {
	override readonly name = 'CoderPanic';
	readonly retry = false;
	/** Source line of the panic in src/lib/wasm-rs, or 0 when it trapped without one (stack overflow, bad access). */
	readonly line: number;
	constructor(line: number) {
		super(`the erasure coder panicked${line === 0 ? '' : ` at line ${line}`}`);
		this.line = line;
	}
}

/** The call contradicts the coder's contract: counts, positions or lengths do not fit together. Never retry. */
export class CoderMisuse extends Error {
	override readonly name = 'CoderMisuse';
	readonly retry = false;
}

/**
 * The worker that had the call died (out of memory, or its script could not be loaded). The pool replaces it. The bytes
 * that were handed over are gone: make them again and retry.
 */
export class WorkerLost extends Error {
	override readonly name = 'WorkerLost';
	readonly retry = true;
}

/** The pool was closed before the call was done. */
export class PoolClosed extends Error {
	override readonly name = 'PoolClosed';
	readonly retry = false;
	constructor() {
		super('the coder pool is closed');
	}
}
