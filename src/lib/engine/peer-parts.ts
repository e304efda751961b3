/** The parts of a peer that are read from its records, put together before the peer itself. */
import { ChunkIndex } from './archive/index.ts';
import type { PartnerEntry } from './archive/head.ts';
import { Events } from './events.ts';
import { HeldHeads } from './hosting/held-heads.ts';
import { Household } from './household.ts';
import { hourlyMs, Keeping, type KeepingOptions } from './keeping.ts';
import { deriveKeyring, type Keyring } from './keys/keyring.ts';
import { Absences } from './partners/absences.ts';
import { agreementOf } from './partners/agreement.ts';
import { Agreements } from './partners/agreements.ts';
import { networkOf } from './partners/criteria.ts';
import { expectationOf } from './partners/due-hours.ts';
import { Holdings } from './partners/holdings.ts';
import { Lifetimes } from './partners/lifetimes.ts';
import { Lines } from './partners/lines.ts';
import { OwnHead } from './partners/own-head.ts';
import type { PeerId } from './identifiers.ts';
import { PresenceWeeks } from './partners/presence-weeks.ts';
import { Statements } from './partners/statements.ts';
import { objectionTo } from './partners/track-record.ts';
import type { PeerOptions } from './peer.ts';
import type { Ports } from './ports.ts';
import type { IdentityRecord } from './records.ts';
import { Checks } from './verify/checks.ts';
import { Notices } from './verify/notices.ts';
import { Standings } from './verify/standings.ts';
import { Tosses } from './verify/tosses.ts';
import type { Reply, Request } from './wire/messages.ts';
import type { Session } from './wire/session.ts';

export interface PeerParts {
	readonly keyring: Keyring;
	readonly household: Household;
	readonly events: Events;
	readonly index: ChunkIndex;
	readonly holdings: Holdings;
	readonly heldHeads: HeldHeads;
	readonly lines: Lines;
	readonly agreements: Agreements;
	readonly absences: Absences;
	readonly lifetimes: Lifetimes;
	readonly ownHead: OwnHead;
	readonly keeping: Keeping;
	readonly tosses: Tosses;
	readonly checks: Checks;
}

/** What the parts ask of the peer, which exists only after them. */
export interface PeerCalls {
	serve(request: Request, session: Session): Promise<Reply>;
	mayWrite(): boolean;
	epoch(): number;
	/** A partner that was met and is still there. */
	isPresent(partner: PeerId): boolean;
	partnerEntries(): Promise<readonly PartnerEntry[]>;
	readonly fence: () => void;
}

/** Reads everything from the records. Rejects when they are broken. */
export async function openParts(
	ports: Ports,
	identity: IdentityRecord,
	calls: PeerCalls,
	pace: Pick<PeerOptions, 'lookEveryMs'>
): Promise<PeerParts> {
	const { records } = ports;
	const keyring = deriveKeyring(identity.rootSecret);
	const household = await Household.open(records);
	const heldHeads = await HeldHeads.open(records);
	const lines = new Lines({
		...ports,
		peer: keyring.peer,
		identity: keyring.identity,
		instance: identity.instance,
		serve: (request, session) => calls.serve(request, session),
		instanceOf: (peer) => heldHeads.newest(peer)?.head.instance
	});
	const { agreements, statements } = await openAgreements(ports, keyring, household);
	const events = await Events.open(ports);
	const index = await ChunkIndex.load(records);
	const holdings = await Holdings.open(records);
	const weeks = await PresenceWeeks.open(records);
	const tosses = await Tosses.open(records);
	const checks = await Checks.open(records);
	const presence = await openPresence(ports, agreements, weeks, calls);
	const shown = { keyring, household, events, index, holdings, heldHeads, lines };
	const known = { ...shown, agreements, tosses, checks };
	const ownHead = await openOwnHead(ports, identity, known, calls);
	const parts = { ...known, ...presence };
	const keeping = await openKeeping(ports, { ...parts, statements, weeks }, calls, pace);
	return { ...parts, ownHead, keeping };
}

/** What stands with partners, and what others say of them: each asks the other. */
async function openAgreements(
	ports: Ports,
	keyring: Keyring,
	household: Household
): Promise<{ readonly agreements: Agreements; readonly statements: Statements }> {
	const late: { agreements?: Agreements } = {};
	const statements = await Statements.open({
		...ports,
		keyring,
		networkOf: (peer) => networkOf(late.agreements?.with(peer)?.prefix)
	});
	const agreements = await Agreements.open({
		...ports,
		keyring,
		lendBytes: () => household.settings.lendBytes,
		objectionTo: (peer) => objectionTo(statements.accusersOf(peer))
	});
	late.agreements = agreements;
	return { agreements, statements };
}

/** Who is away for how long, and how long partners last. */
async function openPresence(
	ports: Ports,
	agreements: Agreements,
	weeks: PresenceWeeks,
	calls: PeerCalls
): Promise<Pick<PeerParts, 'absences' | 'lifetimes'>> {
	const absences = await Absences.open({
		...ports,
		partners: () => agreements.active().map(({ partner }) => partner),
		isPresent: (partner) => calls.isPresent(partner),
		isDue: (partner, at) => {
			const record = agreements.with(partner);
			if (record === undefined) return true;
			const about = { learned: weeks.of(partner), agreement: agreementOf(record) };
			return expectationOf(partner, about, at) !== 'free';
		}
	});
	const lifetimes = await Lifetimes.open(ports.records, ports.clock, agreements.all());
	return { absences, lifetimes };
}

function openOwnHead(
	ports: Ports,
	{ instance }: IdentityRecord,
	{ keyring, lines }: Pick<PeerParts, 'keyring' | 'lines'>,
	calls: PeerCalls
): Promise<OwnHead> {
	return OwnHead.open({
		...ports,
		keyring,
		instance,
		epoch: () => calls.epoch(),
		lines,
		partners: () => calls.partnerEntries(),
		onFenced: calls.fence
	});
}

async function openKeeping(
	ports: Ports,
	known: Omit<PeerParts, 'ownHead' | 'keeping'> & Pick<KeepingOptions, 'statements' | 'weeks'>,
	calls: PeerCalls,
	{ lookEveryMs = hourlyMs }: Pick<PeerOptions, 'lookEveryMs'>
): Promise<Keeping> {
	const { records } = ports;
	const { agreements, keyring, holdings } = known;
	return new Keeping({
		...ports,
		...known,
		standings: await Standings.open(records),
		notices: await Notices.open({
			...ports,
			self: keyring.peer,
			agreementWith: (partner) => agreements.with(partner)
		}),
		holdsBlocks: (partner) => (holdings.counts().get(partner)?.blocks ?? 0) > 0,
		mayWrite: () => calls.mayWrite(),
		lookEveryMs
	});
}
