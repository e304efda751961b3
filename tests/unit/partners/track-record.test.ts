/** Statements of who reneged on whom: what is believed, what counts, and what has no effect. */
import { beforeEach, describe, expect, it } from 'vitest';
import { Malformed } from '../../../src/lib/engine/failures.ts';
import { nameOf, type PeerId } from '../../../src/lib/engine/identifiers.ts';
import type { Keyring } from '../../../src/lib/engine/keys/keyring.ts';
import { encodeAgreement, signAgreement } from '../../../src/lib/engine/partners/agreement.ts';
import {
	readStatement,
	signStatement,
	type Accusation
} from '../../../src/lib/engine/partners/statement.ts';
import { Statements } from '../../../src/lib/engine/partners/statements.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import { MemoryRecords, RecordDisk } from '../../doubles/records.ts';
import { agreement, keyringOf } from './people.ts';

const dayMs = 24 * 60 * 60_000;
const now = Date.UTC(2027, 0, 1);
const accused = keyringOf('accused');
const judge = keyringOf('judge');
const others = ['carl', 'dora', 'emil', 'fred', 'gina'].map(keyringOf);

/** What `accuser` says, with an agreement that is 100 days old. */
function accusation(accuser: Keyring, change: Partial<Accusation> = {}): Accusation {
	const document = Uint8Array.from(
		encodeAgreement(
			agreement({
				proposer: accuser.peer,
				acceptor: accused.peer,
				createdAt: now - 100 * dayMs,
				commitmentMs: 21 * dayMs
			})
		)
	);
	return {
		kind: 'reneged',
		accuser: accuser.peer,
		accused: accused.peer,
		reason: 'wrong-answers',
		from: now - 3 * dayMs,
		to: now - 2 * dayMs,
		at: now - 2 * dayMs,
		agreement: document,
		accuserAgreed: signAgreement(accuser.identity, document),
		accusedAgreed: signAgreement(accused.identity, document),
		...change
	};
}

function said(accuser: Keyring, change: Partial<Accusation> = {}): Uint8Array {
	return signStatement(accuser.identity, accusation(accuser, change));
}

const [carl, dora, emil, fred] = others as [Keyring, Keyring, Keyring, Keyring];

describe('a statement', () => {
	it('comes back as it was signed', () => {
		expect(readStatement(said(carl))).toEqual(accusation(carl));
	});

	const young = encodeAgreement(
		agreement({ proposer: carl.peer, acceptor: accused.peer, createdAt: now - 20 * dayMs })
	);
	const foreign = encodeAgreement(agreement({ proposer: carl.peer, acceptor: dora.peer }));
	it.each<[string, Keyring, Partial<Accusation>]>([
		['is signed by somebody else', dora, {}],
		['is about its own accuser', carl, { accused: carl.peer }],
		['comes without the signature of the accused', carl, { accusedAgreed: new Uint8Array(64) }],
		['comes without the signature of the accuser', carl, { accuserAgreed: new Uint8Array(64) }],
		['shows the agreement of others', carl, { agreement: foreign }],
		['shows an agreement that neither signed', carl, { agreement: young }],
		['shows no agreement', carl, { agreement: new Uint8Array(9) }],
		['blames a time before the agreement', carl, { from: now - 101 * dayMs }],
		['blames the first days', carl, { from: now - 95 * dayMs, to: now - 80 * dayMs }],
		['ends before it begins', carl, { from: now - dayMs }],
		['tells of what is to come', carl, { to: now - dayMs }]
	])('is not believed when it %s', (_case, signer, change) => {
		expect(() => signStatement(signer.identity, accusation(carl, change))).toThrow(RangeError);
	});

	it.each([
		['cut short', (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 1)],
		['with a byte more', (bytes: Uint8Array) => Uint8Array.of(...bytes, 0)],
		['with a bit turned', (bytes: Uint8Array) => bytes.with(200, (bytes[200] ?? 0) ^ 1)],
		['that is none', () => new Uint8Array(6000)]
	])('is malformed %s', (_case, spoil) => {
		expect(() => readStatement(spoil(said(carl)))).toThrow(Malformed);
	});
});

describe('what a peer knows of another', () => {
	const clock = new VirtualClock(now);
	let disk: RecordDisk;
	let statements: Statements;
	const networks = new Map<PeerId, string>();

	async function open(keyring = judge): Promise<Statements> {
		return Statements.open({
			keyring,
			clock,
			records: new MemoryRecords(disk),
			networkOf: (peer) => networks.get(peer)
		});
	}

	beforeEach(async () => {
		disk = new RecordDisk();
		networks.clear();
		statements = await open();
	});

	const heard = (...told: readonly Uint8Array[]): Promise<void> => statements.hear(told, fred.peer);

	it('counts distinct accusers, and remembers them over a restart', async () => {
		await heard(said(carl), said(dora), said(emil));
		expect(statements.accusersOf(accused.peer)).toBe(3);
		expect((await open()).accusersOf(accused.peer)).toBe(3);
		expect(statements.accusersOf(dora.peer)).toBe(0);
	});

	it('counts no replay and no duplicate', async () => {
		const one = said(carl);
		await heard(one, one, said(carl, { at: now - dayMs }), one);
		expect(statements.accusersOf(accused.peer)).toBe(1);
	});

	it('counts one outage once, however many were let down by it', async () => {
		const outage = { reason: 'silent', from: now - 20 * dayMs } as const;
		await heard(said(carl, outage), said(dora, outage), said(emil, outage));
		expect(statements.accusersOf(accused.peer)).toBe(1);
	});

	it('lets no long statement melt several outages into one', async () => {
		const outage = (from: number, to: number) =>
			({ reason: 'silent', from: now - from * dayMs, to: now - to * dayMs }) as const;
		await heard(
			said(carl, outage(60, 45)),
			said(dora, outage(40, 25)),
			said(emil, outage(20, 3)),
			said(fred, outage(60, 3))
		);
		expect(statements.accusersOf(accused.peer)).toBe(3);
	});

	it('counts one network once', async () => {
		for (const { peer } of [carl, dora]) networks.set(peer, '192.0.2.0/24');
		await heard(said(carl), said(dora), said(emil));
		expect(statements.accusersOf(accused.peer)).toBe(2);
	});

	it('counts nothing after 180 days', async () => {
		await heard(said(carl));
		await clock.advance(179 * dayMs);
		expect(statements.accusersOf(accused.peer)).toBe(0);
		clock.jump(-179 * dayMs);
	});

	it('leaves out what it says itself, and what the accused says', async () => {
		const own = await open(carl);
		await own.accuse(accusation(carl));
		expect(own.accusersOf(accused.peer)).toBe(0);
		await own.hear([said(carl, { at: now - dayMs })], dora.peer);
		expect(own.accuses(accused.peer)).toBe(true);
	});

	it('takes back what its accuser takes back, and believes no replay of it', async () => {
		await heard(said(carl));
		const at = now - dayMs;
		const back = { kind: 'retracted', accuser: carl.peer, accused: accused.peer, at } as const;
		await heard(signStatement(carl.identity, back));
		expect(statements.accusersOf(accused.peer)).toBe(0);
		await heard(said(carl));
		expect(statements.accusersOf(accused.peer)).toBe(0);
	});

	it('lets nobody take back what another said', () => {
		const back = { kind: 'retracted', accuser: carl.peer, accused: accused.peer, at: now } as const;
		expect(() => signStatement(accused.identity, back)).toThrow(RangeError);
	});

	it('passes over what is malformed or from the future', async () => {
		await heard(new Uint8Array(50), said(carl, { at: now + 2 * dayMs }));
		expect(statements.told()).toEqual([]);
	});

	it('keeps what others told when one partner floods it', async () => {
		await statements.hear([said(carl)], dora.peer);
		const flood = Array.from({ length: 60 }, (_, i) => {
			const accused = nameOf<PeerId>(new Uint8Array(32).fill(i));
			const back = { kind: 'retracted', accuser: emil.peer, accused, at: now + i } as const;
			return signStatement(emil.identity, back);
		});
		await heard(...flood);
		expect(statements.accusersOf(accused.peer)).toBe(1);
		expect(statements.told()).toContainEqual(said(carl));
		expect(disk.table('statements').size).toBe(49);
	});
});
