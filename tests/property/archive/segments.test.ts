/** Index segments over any history of stripes that come and go: a reader learns exactly what there is. */
import fc from 'fast-check';
import { test } from 'vitest';
import {
	planSegment,
	stripesOnlyIn,
	type ListedSegment
} from '../../../src/lib/engine/archive/segment.ts';
import type { StripeId } from '../../../src/lib/engine/identifiers.ts';
import { stripeNamed } from '../../unit/archive/stripes.ts';

/** What a restored peer knows: the last word on each stripe, and the stripes that the segments lie in. */
function told(segments: readonly ListedSegment[]): Set<StripeId> {
	const known = new Set<StripeId>();
	for (const { added, removed } of segments) {
		for (const id of removed) known.delete(id);
		for (const id of added) known.add(id);
	}
	return known;
}

test('the segments tell of every stripe that there is, of none that is gone, and are at most twelve', () => {
	const backup = fc.record({
		stored: fc.integer({ min: 0, max: 40 }),
		dropped: fc.array(fc.nat(1000), { maxLength: 20 }),
		returns: fc.boolean(),
		prune: fc.boolean()
	});
	fc.assert(
		fc.property(fc.array(backup, { maxLength: 60 }), (backups) => {
			let segments: readonly ListedSegment[] = [];
			const present = new Set<StripeId>();
			const gone: StripeId[] = [];
			let next = 0;
			for (const { stored, dropped, returns, prune } of backups) {
				for (const at of dropped) {
					const id = [...present][at % Math.max(1, present.size)];
					if (id === undefined || segments.some(({ within }) => within.includes(id))) continue;
					present.delete(id);
					gone.push(id);
				}
				if (returns) for (const id of gone.splice(0, 2)) present.add(id);
				for (let i = 0; i < stored; i++) present.add(stripeNamed(next++));
				const plan = planSegment(segments, present, prune ? 'dropped' : 'told');
				if (plan !== undefined) {
					const within = [stripeNamed(next++)];
					const kept = segments.slice(0, plan.keep);
					const replaced = stripesOnlyIn(segments.slice(plan.keep), kept);
					if (prune) for (const id of replaced) present.delete(id);
					segments = [...kept, { ...plan, within }];
					for (const id of within) present.add(id);
				}
				const known = told(segments);
				const holding = new Set(segments.flatMap(({ within }) => within));
				for (const id of present) if (!known.has(id) && !holding.has(id)) return false;
				for (const id of known) if (!present.has(id)) return false;
				if (segments.length > 12) return false;
				// Telling it again has nothing to tell.
				if (planSegment(segments, present) !== undefined) return false;
			}
			return true;
		}),
		{ numRuns: 300 }
	);
});
