/** Makes the parts of a peer that check its partners, and those that answer when it is checked itself. */
import { Answering } from './hosting/answering.ts';
import type { Budgets } from './hosting/budgets.ts';
import { Loss } from './hosting/loss.ts';
import { agreementInForce } from './partners/agreement.ts';
import type { MeetingContext } from './partners/meeting.ts';
import type { PeerParts } from './peer-parts.ts';
import type { Peer } from './peer.ts';
import type { CheckSchedule } from './verify/budget.ts';
import { proofQuestion, proveShelf } from './verify/shelf-proof.ts';
import { Verifying } from './verifying.ts';

export function makeAnswering(peer: Peer, budgets: Budgets): Answering {
	return new Answering({
		self: peer.keyring.peer,
		proofKey: peer.keyring.proof,
		blocks: peer.ports.blocks,
		records: peer.ports.records,
		heads: peer.heldHeads,
		log: peer.ports.log,
		budgets,
		agreementWith: (owner) => agreementInForce(peer.agreements.with(owner)),
		prove: (question) => proveShelf(peer.ports, question),
		onLoss: (owner, unreadable) => void peer.loss.look(owner, unreadable)
	});
}

export function makeLoss(peer: Peer): Loss {
	return new Loss({
		...peer.ports,
		self: peer.keyring.peer,
		identity: peer.keyring.identity,
		agreementWith: (owner) => agreementInForce(peer.agreements.with(owner)),
		line: (owner) => peer.lines.line(owner)
	});
}

export function makeVerifying(
	peer: Peer,
	{ tosses, checks }: Pick<PeerParts, 'tosses' | 'checks'>,
	schedule: CheckSchedule,
	meeting: () => MeetingContext
): Verifying {
	return new Verifying({
		...peer.ports,
		tools: peer.tools,
		tosses,
		checks,
		schedule,
		agreements: peer.agreements,
		lines: peer.lines,
		meetings: peer.meetings,
		mayWrite: () => peer.mayWrite,
		meeting,
		question: (partner, seed, live) =>
			proofQuestion({ ...peer.tools, holdings: peer.holdings }, partner, seed, live)
	});
}
