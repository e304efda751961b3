/** The block store under test: sync access handles exist in dedicated workers only. */
import { openDatabase, type Database } from '../../../src/lib/adapters/indexeddb/database.ts';
import { OpfsBlockStore } from '../../../src/lib/adapters/opfs/block-store.ts';
import { OpfsDirectory } from '../../../src/lib/adapters/opfs/opfs-directory.ts';
import { SystemClock } from '../../../src/lib/adapters/platform/clock.ts';
import { failWrite } from '../../doubles/faulty-database.ts';
import { FaultyDirectory } from '../../doubles/faulty-directory.ts';
import type { Answer, Call, Question } from './protocol.ts';

interface Opened {
	readonly database: Database;
	readonly directory: FaultyDirectory;
	readonly store: OpfsBlockStore;
}

let opened: Opened | undefined;

async function open(name: string, packBytesMax: number, patienceMs: number): Promise<void> {
	const held = await OpfsDirectory.openWhenFree(name, new SystemClock(), patienceMs);
	const directory = new FaultyDirectory(held);
	const database = await openDatabase(name);
	const store = await OpfsBlockStore.open({ database, directory, packBytesMax, handlesMax: 4 });
	opened = { database, directory, store };
}

async function answer(call: Call): Promise<unknown> {
	if (call.kind === 'open') return open(call.name, call.packBytesMax, call.patienceMs);
	if (opened === undefined) throw new Error('Nothing is open.');
	const { database, directory, store } = opened;
	switch (call.kind) {
		case 'put':
			return store.put(call.block, call.record);
		case 'get':
			return store.get(call.owner, call.number);
		case 'read':
			return store.read(call.owner, call.pieces);
		case 'delete':
			return store.delete(call.owner, call.numbers);
		case 'list':
			return store.list(call.owner, call.from, call.limit);
		case 'usage':
			return store.usage(call.owner);
		case 'total':
			return store.total();
		case 'sizes':
			return directory.sizes();
		case 'fail':
			if (call.fault === 'index' || call.fault === 'unknown') failWrite(database, call.fault);
			else directory.fail(call.fault);
			return undefined;
		case 'close':
			await store.close();
			database.close();
			return undefined;
	}
}

addEventListener('message', ({ data }: MessageEvent<Question>) => {
	answer(data.call).then(
		(value) => {
			postMessage({ id: data.id, value } satisfies Answer);
		},
		(error: unknown) => {
			const { name, message } = error as Error;
			postMessage({ id: data.id, error: { name, message } } satisfies Answer);
		}
	);
});
