import { describe, expect, it } from 'vitest';
import { fateOfShelf, silenceMs } from '../../../src/lib/engine/hosting/ended-shelves.ts';
import { nameOf, type AgreementId } from '../../../src/lib/engine/identifiers.ts';
import type { AgreementRecord } from '../../../src/lib/engine/records.ts';
import { high } from '../partners/people.ts';

const now = 500 * 24 * 60 * 60_000;
const record = (change: Partial<AgreementRecord>): AgreementRecord => ({
	id: nameOf<AgreementId>(new Uint8Array(16)),
	partner: high.peer,
	state: 'ended',
	document: new Uint8Array(0),
	slot: 0,
	mySignature: new Uint8Array(64),
	...change
});

describe('blocks of an owner', () => {
	it('stay while an agreement holds, however long it has been silent, and whatever was said before', () => {
		for (const state of ['active', 'proposed', 'remembered'] as const) {
			expect(fateOfShelf(record({ state, lastSeenAt: 0, endedAt: 0, released: true }), now)).toBe(
				'keep'
			);
		}
	});
	it('go when their owner says that it needs them no more', () => {
		expect(fateOfShelf(record({ endedAt: now, released: true }), now)).toBe('delete');
	});
	it('stay for 60 days when it fell silent, and then as long as nobody needs the space', () => {
		const ended = record({ endedAt: now - silenceMs + 1, lastSeenAt: 0 });
		expect(fateOfShelf(ended, now)).toBe('keep');
		expect(fateOfShelf(ended, now + 1)).toBe('yield');
	});
	it('stay for 60 days from when it was last seen', () => {
		expect(fateOfShelf(record({ endedAt: 0, lastSeenAt: now - silenceMs + 1 }), now)).toBe('keep');
	});
	it('stay where nothing is known of their owner', () => {
		expect(fateOfShelf(undefined, now)).toBe('keep');
		expect(fateOfShelf(record({}), now)).toBe('keep');
	});
});
