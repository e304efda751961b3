import { StorageFull } from '../../engine/failures.ts';

/**
 * blocked: another tab holds an older version of the database open. newer: a newer version of the app wrote it.
 * closed: another tab upgraded or deleted it, or the browser dropped it. refused: the browser grants none.
 */
export type UnavailableCause = 'blocked' | 'newer' | 'closed' | 'refused';

/** There is no database to work with. A reload of the page, with no other tab open, is what helps. */
export class DatabaseUnavailable extends Error {
	override readonly name = 'DatabaseUnavailable';
	readonly why: UnavailableCause;
	constructor(why: UnavailableCause, message: string, options?: ErrorOptions) {
		super(message, options);
		this.why = why;
	}
}

/** Whether the platform says that a quota or a disk is full. */
export function isQuotaExceeded(error: unknown): boolean {
	return error instanceof Error && error.name === 'QuotaExceededError';
}

/** What a failed transaction means to the engine. */
export function transactionFailure(error: unknown, closed: string | undefined): Error {
	if (isQuotaExceeded(error)) {
		return new StorageFull('The database has no room.', { cause: error });
	}
	if (closed !== undefined) return new DatabaseUnavailable('closed', closed, { cause: error });
	return error instanceof Error ? error : new Error(String(error));
}
