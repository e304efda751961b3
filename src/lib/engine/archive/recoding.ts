/**
 * Which stripes are stored again in the code of today (docs/durability.md, resizing). Pure. Not for every partner that comes or goes: each time all data would be sent again.
 */
import type { StripeId } from '../identifiers.ts';
import type { Geometry } from '../ports.ts';
import type { LivenessCount } from './index.ts';
import type { Repacking } from './prune.ts';

type Code = Pick<Geometry, 'm' | 'k'>;

/** As many times the losses must be survived afterwards that coding again is worth it. */
const saferFactor = 1.5;
/** As many times the space must be taken now. */
const smallerFactor = 1.4;

/**
 * Whether a code is to be given up for the wanted one. With fewer partners than it has blocks, a code survives only
 * what those that are left allow.
 */
export function isOutdated(code: Code, wanted: Code, partners: number): boolean {
	const survives = Math.min(code.k, partners - code.m);
	if (wanted.k > saferFactor * survives) return true;
	const space = (code.m + code.k) / code.m;
	const wantedSpace = (wanted.m + wanted.k) / wanted.m;
	return wanted.k >= survives && space > smallerFactor * wantedSpace;
}

/**
 * What to store again first: what the newest snapshot needs, then the rest; of each, so many bytes. `newest` and `all`
 * are counted over the newest snapshot and over all that are kept.
 */
export function nextToRecode(
	newest: LivenessCount,
	all: LivenessCount,
	outdated: (code: Code) => boolean,
	bytesMax: number
): readonly Repacking[] {
	const chosen = new Map<StripeId, Repacking>();
	let bytes = 0;
	for (const count of [newest, all]) {
		for (const { stripe, liveBytes } of count.read()) {
			if (bytes >= bytesMax) return [...chosen.values()];
			if (liveBytes === 0 || chosen.has(stripe.id) || !outdated(stripe.geometry)) continue;
			// All that lives in it, so that it can go as a whole.
			chosen.set(stripe.id, { stripe: stripe.id, chunks: all.chunksOf(stripe.id) });
			bytes += stripe.sealedBytes;
		}
	}
	return [...chosen.values()];
}
