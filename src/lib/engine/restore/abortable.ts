/** Stops waiting for a promise when the signal is aborted; the work behind it goes on unheard. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
	if (signal === undefined) return work;
	signal.throwIfAborted();
	let giveUp: () => void = () => undefined;
	const aborted = new Promise<void>((resolve) => {
		giveUp = resolve;
	});
	signal.addEventListener('abort', giveUp, { once: true });
	try {
		await Promise.race([work, aborted]);
		signal.throwIfAborted();
		return await work;
	} finally {
		signal.removeEventListener('abort', giveUp);
	}
}
