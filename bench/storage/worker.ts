import { openDatabase } from '../../src/lib/adapters/indexeddb/database.ts';
import { OpfsBlockStore } from '../../src/lib/adapters/opfs/block-store.ts';
import { OpfsDirectory } from '../../src/lib/adapters/opfs/opfs-directory.ts';
import { measureRound, type Round } from './rounds.ts';

async function measure(rounds: number): Promise<readonly Round[]> {
	const database = await openDatabase('bench');
	const directory = await OpfsDirectory.open('bench');
	const store = await OpfsBlockStore.open({ database, directory });
	const root = await navigator.storage.getDirectory();
	const measured: Round[] = [];
	// The first round warms up: files are new and code is not compiled yet.
	for (let round = 0; round <= rounds; round++) {
		measured.push(await measureRound(store, root, round * 1000));
	}
	await store.close();
	return measured.slice(1);
}

addEventListener('message', ({ data }: MessageEvent<number>) => {
	measure(data).then(postMessage, (error: unknown) => {
		// An error that is thrown later reaches the page as the worker's.
		setTimeout(() => {
			throw error;
		});
	});
});
