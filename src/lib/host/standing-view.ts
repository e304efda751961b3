/** What pages show of how a partner stands. */
import type { Peer } from '../engine/peer.ts';
import { hoursOf, knownHours } from '../engine/partners/presence-week.ts';
import { decodeAgreement } from '../engine/partners/agreement.ts';
import type { AgreementRecord } from '../engine/records.ts';
import type { PartnerView } from './api.ts';
import { peerName } from './peer-names.ts';
import { deed, noticeText, standingLine } from './standing-text.ts';

/** Less than a day of the week tells nothing of habits. */
const knownHoursMin = 24;

export function standingView(
	peer: Peer,
	record: AgreementRecord
): Pick<PartnerView, 'note' | 'week' | 'blame' | 'origin' | 'lastProofAt'> {
	const known = peer.keeping.of(record.partner);
	if (known === undefined) return {};
	const { standing, week, notice } = known;
	const connected = peer.lines.line(record.partner) !== undefined;
	const current = record.state === 'active';
	const note = current ? standingLine(standing, connected) : whyEnded(record, peer);
	return {
		...(note === undefined ? {} : { note }),
		...(knownHours(week) < knownHoursMin ? {} : { week: hoursOf(week) }),
		...(notice === undefined ? {} : { blame: noticeText(peerName(record.partner), notice) }),
		...lastProof(record, peer),
		...origin(record, peer)
	};
}

/** The last time that the partner showed what it holds: all of it by a proof, or a block that was drawn. */
function lastProof({ partner }: AgreementRecord, peer: Peer): Pick<PartnerView, 'lastProofAt'> {
	const { lastProofAt, lastBlockAt } = peer.verifying.view(partner);
	const at = Math.max(lastProofAt ?? -Infinity, lastBlockAt ?? -Infinity);
	return Number.isFinite(at) ? { lastProofAt: at } : {};
}

function origin(record: AgreementRecord, peer: Peer): Pick<PartnerView, 'origin'> {
	if (record.state !== 'active' && record.state !== 'ended') return {};
	const { proposer, createdAt, circle } = decodeAgreement(record.document);
	const where = peer.household.circle(circle)?.name ?? 'a circle that you left';
	return {
		origin: {
			at: createdAt,
			text:
				proposer === peer.keyring.peer
					? `Holdfast drew it from the people of ${where} who had room.`
					: `It asked you; both of you are in ${where}, and you had room.`
		}
	};
}

/** Why a partner was let go, or let this peer go. */
function whyEnded({ partner, state, endedFor }: AgreementRecord, peer: Peer): string | undefined {
	if (state !== 'ended') return undefined;
	const known = peer.keeping.of(partner);
	if (endedFor === 'reneged' && known?.standing.kind === 'reneged') {
		const { reason, forMs } = known.standing;
		return `Let go: it ${deed(reason, forMs)}.`;
	}
	return endedFor === 'let-go' ? undefined : 'Ended by hand, here or there.';
}
