import { StorageFull } from '../../src/lib/engine/failures.ts';
import type { Database } from '../../src/lib/adapters/indexeddb/database.ts';

/** The next write of this connection stores nothing: for want of room, or for no reason that it could name. */
export function failWrite(database: Database, fault: 'index' | 'unknown'): void {
	const write = database.write.bind(database);
	database.write = () => {
		database.write = write;
		return Promise.reject(
			fault === 'index' ? new StorageFull('No room.') : new Error('The connection broke.')
		);
	};
}
