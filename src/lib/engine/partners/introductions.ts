/**
 * Partners that know of each other through a common one (design section 5, Candidates): how candidates are found when no
 * broker is there. A peer hands on only adverts that their peers signed and that say that they want partners, and only
 * to partners of its own in the same circle. In memory: adverts come again at every meeting.
 */
import type { CircleId, PeerId } from '../identifiers.ts';
import { introductionsMax } from '../wire/limits.ts';
import type { IntroducedPeer, Reply } from '../wire/messages.ts';
import { readAdvert, type Advert } from './advert.ts';
import type { Agreements } from './agreements.ts';
import type { Memberships } from './membership.ts';
import type { Line } from './settlement.ts';

export interface IntroductionsOptions {
	readonly agreements: Pick<Agreements, 'active'>;
	readonly memberships: Memberships;
}

/** Somebody whom a partner introduced. */
export interface Acquaintance {
	readonly peer: PeerId;
	readonly advert: Advert;
	readonly circle: CircleId;
	/** Who introduced it. */
	readonly by: PeerId;
}

interface KnownAdvert {
	readonly circle: CircleId;
	readonly bytes: Uint8Array;
	readonly advert: Advert;
}

export class Introductions {
	readonly #options: IntroductionsOptions;
	readonly #adverts = new Map<PeerId, KnownAdvert>();

	constructor(options: IntroductionsOptions) {
		this.#options = options;
	}

	/** A peer of this circle gave its advert. */
	note(peer: PeerId, circle: CircleId, bytes: Uint8Array): void {
		const advert = readAdvert(peer, bytes);
		if (advert === undefined) this.#adverts.delete(peer);
		else this.#adverts.set(peer, { circle, bytes, advert });
	}

	/** Our partners of a circle that want partners, for one of them. */
	for(circle: CircleId, asker: PeerId): readonly IntroducedPeer[] {
		const introduced: IntroducedPeer[] = [];
		for (const { partner } of this.#options.agreements.active()) {
			const known = this.#adverts.get(partner);
			if (partner === asker || known?.circle !== circle) continue;
			if (known.advert.shareBytes === 0) continue;
			introduced.push([partner, known.bytes]);
			if (introduced.length === introductionsMax) break;
		}
		return introduced;
	}

	/** Asks a partner for introductions. What is not well signed is passed over. Rejects when the line is lost. */
	async ask(line: Line, circle: CircleId): Promise<readonly Acquaintance[]> {
		const membership = this.#options.memberships.prove(circle, 'asker', line.peer);
		if (membership === undefined) return [];
		const reply: Reply = await line.request({ type: 'get-introductions', circle, membership });
		if (reply.type !== 'introductions') return [];
		return reply.peers.flatMap(([peer, bytes]) => {
			const advert = readAdvert(peer, bytes);
			return advert === undefined ? [] : [{ peer, advert, circle, by: line.peer }];
		});
	}
}
