/** Failures of the environment: one class a cause, each saying what a caller can do. */

/** The platform refused to store more. Nothing was stored; trying again helps only after room was made. */
export class StorageFull extends Error {
	override readonly name = 'StorageFull';
}

/** Another record stands under the same shelf number: the owner's numbering is broken. Never retry. */
export class BlockConflict extends Error {
	override readonly name = 'BlockConflict';
}

/** The link is gone. Dial again. */
export class LinkClosed extends Error {
	override readonly name = 'LinkClosed';
}

/** No link could be set up. Try later. */
export class LinkFailed extends Error {
	override readonly name = 'LinkFailed';
}

export type UnreadableCause = 'vanished' | 'changed' | 'denied' | 'failed';

/** A file or directory of the person could not be read. Others can; this one is retried at the next backup. */
export class SourceUnreadable extends Error {
	override readonly name = 'SourceUnreadable';
	readonly why: UnreadableCause;
	constructor(why: UnreadableCause, message: string) {
		super(message);
		this.why = why;
	}
}

/** Bytes do not follow their format. Never retry with the same bytes. */
export class Malformed extends Error {
	override readonly name = 'Malformed';
}
