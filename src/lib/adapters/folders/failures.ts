import { SourceUnreadable, StorageFull, type UnreadableCause } from '../../engine/failures.ts';

/** What a failed access to the person's files means to the engine; `name` is the file's. */
export function unreadable(error: unknown, name: string): SourceUnreadable {
	if (error instanceof SourceUnreadable) return error;
	const why = causeOf(error);
	const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
	return new SourceUnreadable(why, `${name}: ${reason}`);
}

function causeOf(error: unknown): UnreadableCause {
	switch (error instanceof Error ? error.name : '') {
		case 'NotFoundError':
			return 'vanished';
		// A file stands where a directory was, or the other way round.
		case 'TypeMismatchError':
			return 'changed';
		case 'NotAllowedError':
		case 'SecurityError':
			return 'denied';
		default:
			return 'failed';
	}
}

/** What a failed write of a restored file means to the engine. */
export function unwritable(error: unknown): Error {
	if (error instanceof Error && error.name === 'QuotaExceededError') {
		return new StorageFull('The disk has no room for restored files.', { cause: error });
	}
	return error instanceof Error ? error : new Error(String(error));
}
