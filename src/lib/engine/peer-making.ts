/** Makes the parts of a peer that need nothing but its open parts: what each of them is told of the others. */
import { BackingUp } from './backing-up.ts';
import { geometryFor } from './coding/profile.ts';
import { makeAnswering } from './checks-making.ts';
import { Budgets } from './hosting/budgets.ts';
import { Hosting } from './hosting/hosting.ts';
import { partnersMax } from './partners/agreements.ts';
import type { MeetingContext } from './partners/meeting.ts';
import { Meetings } from './partners/meetings.ts';
import { knownAgreement } from './partners/agreement.ts';
import { Partnering } from './partners/partnering.ts';
import { hoursOf } from './partners/presence-week.ts';
import { dropAt, signShelves } from './partners/shelf-keeping.ts';
import type { Peer, PeerOptions } from './peer.ts';
import type { PeerParts } from './peer-parts.ts';
import { BlockSource } from './restore/block-source.ts';
import type { PeerId } from './identifiers.ts';
import { fateOfShelf } from './hosting/ended-shelves.ts';
import { Parting } from './parting.ts';
import { Upkeep } from './upkeep.ts';
import type { CheckSchedule } from './verify/budget.ts';

export function makePartnering(peer: Peer): Partnering {
	return new Partnering({
		ports: peer.ports,
		keyring: peer.keyring,
		household: peer.household,
		agreements: peer.agreements,
		lines: peer.lines,
		mayAgree: () => peer.mayWrite && peer.household.settings.leavingAt === undefined,
		hours: () => hoursOf(peer.keeping.ownWeek())
	});
}

export function makeMeetings(peer: Peer, context: () => MeetingContext): Meetings {
	return new Meetings({
		agreements: peer.agreements,
		negotiation: peer.negotiation,
		lines: peer.lines,
		clock: peer.ports.clock,
		mayWrite: () => peer.mayWrite,
		context
	});
}

export function makeHosting(peer: Peer, schedule: CheckSchedule, onChange: () => void): Hosting {
	const budgets = new Budgets({
		...peer.ports,
		schedule,
		agreementWith: (owner) => knownAgreement(peer.agreements.with(owner))
	});
	return new Hosting({
		budgets,
		answering: makeAnswering(peer, budgets),
		self: peer.keyring.peer,
		identity: peer.keyring.identity,
		blocks: peer.ports.blocks,
		records: peer.ports.records,
		heads: peer.heldHeads,
		log: peer.ports.log,
		agreedBytes: (owner) => peer.agreements.spaceFor(owner),
		awaitsAgreement: (owner) => peer.agreements.awaits(owner),
		lendBytes: () => peer.household.settings.lendBytes,
		yielding: () => yieldingOwners(peer),
		onFull: (problem) => {
			peer.diskFull = problem;
			void peer.events.add('disk-full', {});
		},
		onChange
	});
}

export function makeBlockSource({ tools, ports, lines, holdings }: Peer): BlockSource {
	return new BlockSource({
		tools,
		clock: ports.clock,
		holders: lines,
		places: holdings,
		usual: geometryFor(partnersMax),
		purpose: 'repair'
	});
}

export function makeBackingUp(
	peer: Peer,
	{ lifetimes }: Pick<PeerParts, 'lifetimes'>,
	context: () => MeetingContext
): BackingUp {
	return new BackingUp({
		ports: peer.ports,
		tools: peer.tools,
		household: peer.household,
		index: peer.index,
		holdings: peer.holdings,
		ownHead: peer.ownHead,
		distribution: peer.distribution,
		blockSource: peer.blockSource,
		candidates: () => peer.candidates(),
		lifetimeMs: () => lifetimes.summary(peer.agreements.active()).lifetimeMs,
		signShelves: () =>
			signShelves(peer.agreements.active(), peer.lines, {
				sign: (line) => peer.verifying.signShelf(line),
				log: peer.ports.log
			}),
		restoring: () => peer.restoring,
		drop: (partner, numbers) => dropAt(partner, numbers, peer.lines, context())
	});
}

export function makeUpkeep(
	peer: Peer,
	{ absences, lifetimes }: Pick<PeerParts, 'absences' | 'lifetimes'>,
	backingUp: Pick<BackingUp, 'recode'>,
	options: PeerOptions,
	context: () => MeetingContext
): Upkeep {
	return new Upkeep({
		ports: peer.ports,
		tools: peer.tools,
		index: peer.index,
		holdings: peer.holdings,
		agreements: peer.agreements,
		lines: peer.lines,
		absences,
		lifetimes,
		ownHead: peer.ownHead,
		distribution: peer.distribution,
		blockSource: peer.blockSource,
		candidates: () => peer.candidates(),
		isBack: (partner) => peer.meetings.isCompared(partner),
		drop: (partner, numbers) => dropAt(partner, numbers, peer.lines, context()),
		onMade: (partner, blocks) => void peer.events.add('partner-refilled', { partner, blocks }),
		look: () => {
			peer.rounds.look();
		},
		mayCommit: () => peer.obstacle() === undefined,
		recode: (partners, signal) => backingUp.recode(partners, signal),
		pace: options.upkeep ?? {}
	});
}

export function makeParting(peer: Peer): Parting {
	const { keyring, agreements, household, holdings, heldHeads, hosting, lines, ports } = peer;
	return new Parting({
		...ports,
		...{ keyring, agreements, household, holdings, heldHeads, hosting, lines },
		// An old copy of this disk must not give up what a newer one needs.
		mayWrite: () => peer.mayWrite && peer.meetings.missing === 0,
		onEvent: (kind, partner) => void peer.events.add(kind, { partner })
	});
}

/** Owners whose blocks may go when space is needed, those that have been silent longest first. */
function yieldingOwners({ agreements, ports }: Peer): readonly PeerId[] {
	return agreements
		.all()
		.filter((record) => fateOfShelf(record, ports.clock.now()) === 'yield')
		.toSorted((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0))
		.map(({ partner }) => partner);
}
