/** Notices that partners gave this peer: the last one of each, durable, so that the person sees why a partnership ended. */
import { Malformed } from '../failures.ts';
import type { PeerId } from '../identifiers.ts';
import type { Clock, Records } from '../ports.ts';
import type { AgreementRecord } from '../records.ts';
import { Turns } from '../turns.ts';
import type { Reply } from '../wire/messages.ts';
import { readNotice, type Notice, type SignedDocument } from './notice.ts';

export interface NoticesOptions {
	readonly self: PeerId;
	readonly clock: Clock;
	readonly records: Records;
	/** What was agreed with a peer, also what has ended. */
	readonly agreementWith: (partner: PeerId) => AgreementRecord | undefined;
}

/** The reply to a notice, and what it said, where that was new. */
export interface Reception {
	readonly reply: Reply;
	readonly news?: Notice;
}

const acknowledged: Reply = { type: 'acknowledged' };
/** A partner that warns more often than this is heard, and not told of again. */
const newsEveryMs = 6 * 60 * 60_000;

export class Notices {
	readonly #options: NoticesOptions;
	readonly #notices = new Map<PeerId, Notice>();
	readonly #turns = new Turns<PeerId>();

	private constructor(options: NoticesOptions) {
		this.#options = options;
	}

	static async open(options: NoticesOptions): Promise<Notices> {
		const notices = new Notices(options);
		for (const [key, record] of await options.records.scan('notices')) {
			const from = key as PeerId;
			const notice = read(record, { from, to: options.self });
			if (notice !== undefined) notices.#notices.set(from, notice);
		}
		return notices;
	}

	/** The last notice of a partner about the agreement that stands or stood last. */
	of(partner: PeerId): Notice | undefined {
		const notice = this.#notices.get(partner);
		return notice?.agreement === this.#options.agreementWith(partner)?.id ? notice : undefined;
	}

	/** Takes a notice in. It is acknowledged once it is durable. */
	receive(signed: SignedDocument, from: PeerId): Promise<Reception> {
		return this.#turns.take(from, () => this.#receive(signed, from));
	}

	async #receive({ document, signature }: SignedDocument, from: PeerId): Promise<Reception> {
		const notice = read({ document, signature }, { from, to: this.#options.self });
		if (notice === undefined) return { reply: declined('malformed', 'this is no notice to me') };
		if (this.#options.agreementWith(from)?.id !== notice.agreement) {
			return { reply: declined('no-agreement', 'a notice about another agreement') };
		}
		const before = this.of(from);
		if (before?.kind === 'reneged' || (before?.at ?? -1) >= notice.at) {
			return { reply: acknowledged };
		}
		const { clock, records } = this.#options;
		const put = {
			document: document.slice(),
			signature: signature.slice(),
			receivedAt: clock.now()
		};
		await records.write([{ table: 'notices', key: from, put }]);
		this.#notices.set(from, notice);
		return isNews(notice, before) ? { reply: acknowledged, news: notice } : { reply: acknowledged };
	}
}

function isNews(notice: Notice, before: Notice | undefined): boolean {
	if (notice.kind !== before?.kind) return true;
	return notice.at - before.at >= newsEveryMs;
}

function read(
	signed: SignedDocument,
	between: { readonly from: PeerId; readonly to: PeerId }
): Notice | undefined {
	try {
		return readNotice(signed, between);
	} catch (error) {
		if (error instanceof Malformed) return undefined;
		throw error;
	}
}

function declined(reason: 'malformed' | 'no-agreement', detail: string): Reply {
	return { type: 'declined', reason, detail };
}
