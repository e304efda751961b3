/** What the disks of a pair say. */
import type { BudgetRecord } from '../../../src/lib/engine/records.ts';
import { owner, type Pair } from './pair.ts';

export type { Check } from '../../../src/lib/engine/verify/observation.ts';

/** What the owner has drawn at the partner. */
export function budgetsOf(pair: Pair): BudgetRecord | undefined {
	return pair.disks.partner.table('budgets').get(owner.peer) as BudgetRecord | undefined;
}

/** Whether the partner ever took part in a toss. */
export function isChecked(pair: Pair): boolean {
	return pair.disks.partner.table('heldTosses').has(owner.peer);
}
