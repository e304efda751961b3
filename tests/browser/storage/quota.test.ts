import { cdp, server } from 'vitest/browser';
import { deleteDB } from 'idb';
import { describe, expect, test } from 'vitest';
import { StorageFull } from '../../../src/lib/engine/failures.ts';
import { alice, put, recordOf } from '../../contract/blocks.ts';
import { identical } from '../../contract/identical.ts';
import { RemoteStore } from './remote-store.ts';

const name = 'quota-test';
const blockBytes = 262_144;

// Only Chromium lets a test say how much room there is.
describe.runIf(server.browser === 'chromium')('a browser that has no more room', () => {
	test('declines blocks, keeps those it acknowledged, and takes more when there is room', async () => {
		const store = new RemoteStore();
		await store.ask({ kind: 'open', name, packBytesMax: 1 << 23, patienceMs: 0 });
		const { usage = 0 } = await navigator.storage.estimate();
		await setQuota(usage + 16 * blockBytes);
		const puts = Array.from({ length: 40 }, (_, i) => put(store, alice, i, blockBytes));
		const settled = await Promise.allSettled(puts);
		const stored = settled.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
		expect(stored.length).toBeGreaterThan(0);
		expect(stored.length).toBeLessThan(40);
		for (const result of settled) {
			if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(StorageFull);
		}
		expect((await store.total()).blocks).toBe(stored.length);
		for (const number of stored) {
			const record = await store.get(alice, number);
			expect(record && identical(record, recordOf(alice, number, blockBytes))).toBe(true);
		}
		await setQuota(undefined);
		await put(store, alice, 99, blockBytes);
		expect((await store.total()).blocks).toBe(stored.length + 1);
		await store.ask({ kind: 'close' });
		store.kill();
		await deleteDB(name);
		await (await navigator.storage.getDirectory()).removeEntry(name, { recursive: true });
	});
});

/** Without a number the browser's own quota holds again. */
async function setQuota(quotaSize: number | undefined): Promise<void> {
	const settings = { origin: location.origin, ...(quotaSize !== undefined && { quotaSize }) };
	const session = cdp() as { send(method: string, settings: object): Promise<unknown> };
	await session.send('Storage.overrideQuotaForOrigin', settings);
}
