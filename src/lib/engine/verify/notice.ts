/**
 * What a peer tells a partner that it blames: a warning, or that it has reneged, with the reason and the figures, signed
 * (patent step 232). The partner keeps it: it is the proof of what it was told. docs/protocol/standing.md.
 */
import { Malformed } from '../failures.ts';
import { bytesOf, type AgreementId, type PeerId } from '../identifiers.ts';
import { sign, verify } from '../keys/signature.ts';
import { deterministic, Fields, sameBytes } from '../wire/broker-fields.ts';
import { noticeBytesMax } from '../wire/limits.ts';
import { renegeReasons, type RenegeReason } from './account.ts';

export interface Notice {
	/** 'warning': what will follow if nothing changes. 'reneged': the agreement has ended. */
	readonly kind: 'warning' | 'reneged';
	/** Who blames, and whom. */
	readonly from: PeerId;
	readonly to: PeerId;
	readonly agreement: AgreementId;
	readonly reason: RenegeReason;
	/** What the partner is blamed for began here, by the sender's clock. */
	readonly since: number;
	readonly at: number;
	/** Hours of the last 60 days in which the partner did what was due, and in which it did not. */
	readonly kept: number;
	readonly missed: number;
}

/** A document with its signature, as it is kept and sent. */
export interface SignedDocument {
	readonly document: Uint8Array;
	readonly signature: Uint8Array;
}

const kinds = ['warning', 'reneged'] as const;
const time = { min: 0, max: Number.MAX_SAFE_INTEGER };
/** Hours of 60 days. */
const hours = { min: 0, max: 60 * 24 };

export function signNotice(identity: Uint8Array, notice: Notice): SignedDocument {
	const document = encoded(notice);
	return { document, signature: sign(identity, 'notice', document) };
}

/**
 * Reads a notice that a peer brought, to a peer. Throws Malformed when it is none, was not made by the one for the
 * other, or was signed by nobody.
 */
export function readNotice(
	{ document, signature }: SignedDocument,
	{ from, to }: { readonly from: PeerId; readonly to: PeerId }
): Notice {
	const fields = Fields.parse(document, noticeBytesMax);
	fields.whole('v', { min: 1, max: 1 });
	const notice: Notice = {
		kind: fields.oneOf('kind', kinds),
		from: fields.name<PeerId>('from', 32),
		to: fields.name<PeerId>('to', 32),
		agreement: fields.name<AgreementId>('agreement', 16),
		reason: fields.oneOf('reason', renegeReasons),
		since: fields.whole('since', time),
		at: fields.whole('at', time),
		kept: fields.whole('kept', hours),
		missed: fields.whole('missed', hours)
	};
	if (!sameBytes(document, encoded(notice))) throw new Malformed('notice in another encoding');
	if (notice.from !== from || notice.to !== to) throw new Malformed('a notice between others');
	if (notice.since > notice.at) throw new Malformed('a notice whose time runs backwards');
	if (!verify(from, 'notice', document, signature)) {
		throw new Malformed('the signature of the notice is wrong');
	}
	return notice;
}

function encoded({ from, to, agreement, ...rest }: Notice): Uint8Array {
	return deterministic({
		v: 1,
		...rest,
		from: bytesOf(from),
		to: bytesOf(to),
		agreement: bytesOf(agreement)
	});
}
