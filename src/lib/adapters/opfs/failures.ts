/** Another tab or worker of this origin holds the block store. Try again when it is closed. */
export class StoreInUse extends Error {
	override readonly name = 'StoreInUse';
}

/** The store was closed. Open another one. */
export class StoreClosed extends Error {
	override readonly name = 'StoreClosed';
}

/** The platform has no files with synchronous access here: an old browser, or a page instead of a worker. */
export class StoreUnsupported extends Error {
	override readonly name = 'StoreUnsupported';
}
