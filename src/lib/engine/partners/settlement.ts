/**
 * How two peers find out what stands between them, whatever crashes, lost answers and lost disks left: each shows the
 * document that both signed (docs/protocol/agreements.md, Settling).
 */
import type { Keyring } from '../keys/keyring.ts';
import type { Reply } from '../wire/messages.ts';
import type { Session } from '../wire/session.ts';
import { agreementOf, holdsOver, readAgreement, roleIn, verifyAgreement } from './agreement.ts';
import type { Agreements } from './agreements.ts';
import type { Memberships } from './membership.ts';
import { rendezvousSecret } from './rendezvous.ts';

export type Line = Pick<Session, 'peer' | 'request'>;

interface Parties {
	readonly agreements: Agreements;
	readonly memberships: Memberships;
	readonly keyring: Keyring;
}

/** What both signed, as the partner needs it after it lost its disk. */
export function showAgreement(
	from: Pick<Session, 'peer'>,
	{ agreements, memberships, keyring }: Parties
): Reply {
	const record = agreements.with(from.peer);
	if (record?.state === 'ended') return declined('unwilling', 'the agreement was ended here');
	if (record?.state !== 'active' || record.theirSignature === undefined) {
		return declined('no-agreement', 'there is no agreement between us');
	}
	const { document } = record;
	const agreement = agreementOf(record);
	const role = roleIn(agreement, keyring.peer);
	const membership = memberships.prove(agreement.circle, role, from.peer, document);
	return {
		type: 'agreement',
		document,
		holderSignature: record.mySignature,
		askerSignature: record.theirSignature,
		rendezvous: rendezvousSecret(keyring, record.slot),
		membership: membership ?? new Uint8Array(0)
	};
}

/** Asks the partner for what it holds, and takes it up. Rejects when the line is lost. */
export async function settle(line: Line, parties: Parties): Promise<'settled' | 'busy'> {
	const { agreements } = parties;
	const reply = await line.request({ type: 'get-agreement' });
	if (reply.type === 'declined' && reply.reason === 'busy') return 'busy';
	await agreements.change(async () => {
		if (reply.type === 'agreement') return adopt(line, reply, parties);
		const record = agreements.with(line.peer);
		if (record === undefined) return;
		if (reply.reason === 'unwilling') await agreements.endedThere(record);
		if (record.state === 'proposed' && !agreements.binds(record)) await agreements.forget(record);
	});
	return 'settled';
}

/** Takes an agreement up that this peer signed: it proves itself by both signatures. */
async function adopt(
	{ peer: partner }: Line,
	shown: Extract<Reply, { type: 'agreement' }>,
	{ agreements, memberships, keyring }: Parties
): Promise<void> {
	const { document, holderSignature, askerSignature, rendezvous, membership } = shown;
	const agreement = readAgreement(document);
	if (agreement === undefined || agreements.isBlocked(partner)) return;
	const ends = [agreement.proposer, agreement.acceptor];
	if (!ends.includes(keyring.peer) || !ends.includes(partner)) return;
	const current = agreements.with(partner);
	// What a head of ours names was proven when it was agreed on; the circles may not be known again yet.
	const proven = current?.state === 'remembered' && current.id === agreement.id;
	const claim = { role: roleIn(agreement, partner), prover: partner, subject: document };
	if (!proven && !memberships.accepts(agreement.circle, claim, membership)) return;
	if (!verifyAgreement(partner, document, holderSignature)) return;
	if (!verifyAgreement(keyring.peer, document, askerSignature)) return;
	if (current?.state === 'ended' && current.id === agreement.id) return;
	if (current?.state === 'active') {
		const ours = agreementOf(current);
		if (ours.id === agreement.id || holdsOver(ours, agreement)) return;
	}
	await agreements.activate(partner, document, { signature: holderSignature, rendezvous });
}

function declined(reason: 'unwilling' | 'no-agreement', detail: string): Reply {
	return { type: 'declined', reason, detail };
}
