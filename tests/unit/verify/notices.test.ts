/** Notices from partners: what is taken in, and what changes nothing. */
import { beforeEach, describe, expect, it } from 'vitest';
import { nameOf, type AgreementId } from '../../../src/lib/engine/identifiers.ts';
import { signNotice, type Notice } from '../../../src/lib/engine/verify/notice.ts';
import { Notices } from '../../../src/lib/engine/verify/notices.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import { MemoryRecords, RecordDisk } from '../../doubles/records.ts';
import { agreement, high, keyringOf, low } from '../partners/people.ts';

const hourMs = 60 * 60_000;
const now = Date.UTC(2026, 10, 20);
const other = keyringOf('other');

function notice(change: Partial<Notice> = {}): Notice {
	return {
		kind: 'warning',
		from: high.peer,
		to: low.peer,
		agreement: agreement().id,
		reason: 'silent',
		since: now - 7 * 24 * hourMs,
		at: now,
		kept: 200,
		missed: 30,
		...change
	};
}

let disk: RecordDisk;
let notices: Notices;

function open(): Promise<Notices> {
	return Notices.open({
		self: low.peer,
		clock: new VirtualClock(now),
		records: new MemoryRecords(disk),
		agreementWith: (partner) =>
			partner === high.peer
				? {
						id: agreement().id,
						partner,
						state: 'active',
						document: new Uint8Array(1),
						slot: 0,
						mySignature: new Uint8Array(64)
					}
				: undefined
	});
}

beforeEach(async () => {
	disk = new RecordDisk();
	notices = await open();
});

const brought = (change: Partial<Notice> = {}) =>
	notices.receive(signNotice(high.identity, notice(change)), high.peer);

describe('a notice of a partner', () => {
	it('is news, and is there after a restart', async () => {
		expect(await brought()).toEqual({ reply: { type: 'acknowledged' }, news: notice() });
		expect((await open()).of(high.peer)).toEqual(notice());
	});

	it('is acknowledged and no news when it comes again, or is older', async () => {
		await brought();
		expect(await brought()).toEqual({ reply: { type: 'acknowledged' } });
		await brought({ at: now - 1, reason: 'losses' });
		expect(notices.of(high.peer)).toEqual(notice());
	});

	it('is news once in six hours, however often the partner warns', async () => {
		await brought();
		expect((await brought({ at: now + hourMs })).news).toBeUndefined();
		expect((await brought({ at: now + 8 * hourMs })).news).toBeDefined();
	});

	it('is the last word when it says that the agreement has ended', async () => {
		await brought();
		expect((await brought({ kind: 'reneged', at: now + 1 })).news?.kind).toBe('reneged');
		await brought({ at: now + hourMs });
		expect(notices.of(high.peer)?.kind).toBe('reneged');
	});

	const strange = nameOf<AgreementId>(new Uint8Array(16).fill(9));
	it.each<[string, Partial<Notice>, string]>([
		['about another agreement', { agreement: strange }, 'no-agreement'],
		['made by somebody else', { from: other.peer }, 'malformed'],
		['made for somebody else', { to: other.peer }, 'malformed'],
		['whose time runs backwards', { since: now + 1 }, 'malformed'],
		['with more hours than 60 days have', { missed: 1441 }, 'malformed']
	])('is declined %s, and changes nothing', async (_case, change, reason) => {
		const reception = await brought(change);
		expect(reception).toMatchObject({ reply: { type: 'declined', reason } });
		expect(reception.news).toBeUndefined();
		expect(disk.table('notices').size).toBe(0);
	});

	it('is declined with a signature of somebody else, or with a bit turned', async () => {
		const signed = signNotice(other.identity, notice());
		const { document, signature } = signNotice(high.identity, notice());
		const spoilt = document.with(40, (document[40] ?? 0) ^ 1);
		for (const each of [signed, { document: spoilt, signature }]) {
			const { reply } = await notices.receive(each, high.peer);
			expect(reply).toMatchObject({ type: 'declined', reason: 'malformed' });
		}
	});

	it('is declined from a stranger', async () => {
		const signed = signNotice(other.identity, notice({ from: other.peer }));
		const { reply } = await notices.receive(signed, other.peer);
		expect(reply).toMatchObject({ type: 'declined', reason: 'no-agreement' });
	});
});
