/**
 * Everything that leads to partnerships, put together: who is there, what we state of ourselves, negotiation from both
 * sides (patent figure 5). What stands in the end is kept by agreements.ts.
 */
import type { Household } from '../household.ts';
import type { PeerId } from '../identifiers.ts';
import type { Keyring } from '../keys/keyring.ts';
import type { Ports } from '../ports.ts';
import { unknownSystem, type System } from '../system.ts';
import { Acceptance } from './acceptance.ts';
import { encodeAdvert } from './advert.ts';
import type { Side } from './agreement.ts';
import type { Agreements } from './agreements.ts';
import { Bandwidth, leastKilobytesPerSecond } from './bandwidth.ts';
import { Introductions } from './introductions.ts';
import type { Lines } from './lines.ts';
import { Memberships } from './membership.ts';
import { Negotiation } from './negotiation.ts';
import { PartnerSearch } from './partner-search.ts';
import { Prospects } from './prospects.ts';
import { statedWeek } from './schedule.ts';

export interface PartneringOptions {
	readonly ports: Ports;
	readonly keyring: Keyring;
	readonly household: Household;
	readonly agreements: Agreements;
	readonly lines: Lines;
	readonly mayAgree: () => boolean;
	/** For each hour of the week, in which share of the weeks this peer was on line in it; nothing before that is known. */
	readonly hours: () => readonly number[];
}

export class Partnering {
	readonly bandwidth: Bandwidth;
	readonly negotiation: Negotiation;
	readonly search: PartnerSearch;
	readonly acceptance: Acceptance;
	readonly #options: PartneringOptions;
	readonly #system: System;
	#advert: { readonly shareBytes: number; readonly bytes: Uint8Array } | undefined;

	constructor(options: PartneringOptions) {
		const { ports, keyring, household, agreements, mayAgree } = options;
		this.#options = options;
		this.#system = ports.system ?? unknownSystem;
		const memberships = new Memberships(keyring.peer, () => household.circles);
		const introductions = new Introductions({ agreements, memberships });
		const bandwidth = new Bandwidth(ports.clock);
		const side = (partner: PeerId): Side => this.#side(partner);
		const shared = { ...ports, ...options, self: keyring.peer, memberships, introductions };
		this.bandwidth = bandwidth;
		this.negotiation = new Negotiation({
			...shared,
			bandwidth,
			side,
			onTerms: (partner, circle, advert) => {
				introductions.note(partner, circle, advert);
			}
		});
		this.search = new PartnerSearch({
			...shared,
			negotiation: this.negotiation,
			prospects: new Prospects({ ...shared, circles: () => household.circles.map(({ id }) => id) }),
			lendBytes: () => household.settings.lendBytes
		});
		this.acceptance = new Acceptance({
			...shared,
			mayAgree,
			bandwidth,
			side,
			advert: () => this.advert(),
			welcome: (peer, system) => this.search.welcomes(peer, system)
		});
	}

	/** What this peer says of itself to its circles, signed. */
	advert(): Uint8Array {
		const shareBytes = this.search.share();
		if (this.#advert?.shareBytes !== shareBytes) {
			const { identity } = this.#options.keyring;
			const bytes = encodeAdvert(identity, { shareBytes, system: this.#system });
			this.#advert = { shareBytes, bytes };
		}
		return this.#advert.bytes;
	}

	#side(partner: PeerId): Side {
		return {
			week: statedWeek(this.#options.hours()),
			leastKilobytesPerSecond,
			averageKilobytesPerSecond: this.bandwidth.average(partner),
			system: this.#system
		};
	}
}
