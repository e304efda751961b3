import type { Machine } from '../machine.ts';
import type { SeededRandom } from '../../doubles/random.ts';
import { mixed, type Scenario } from './scenario.ts';

/** Blocks of a thousand that rot in the whole run: far more than any disk's. */
const rotten = 20;

export const rot: Scenario = {
	name: 'rot',
	summary:
		'Bits flip in two of a hundred held blocks, and one of a hundred is lost without a word.',
	mix: mixed,
	begin: ({ world, random, calendar, days }) => {
		calendar.each(() => {
			for (const machine of world.machines) {
				// Half of what is held in the end is there on the average day.
				rotSome(machine, (2 * rotten) / days, random);
			}
		});
	}
};

function rotSome({ disk }: Machine, perMille: number, random: SeededRandom): void {
	for (const shelf of [...disk.shelves.values()]) {
		for (const lying of [...shelf.values()]) {
			if (lying.rotten || random.below(1e6) >= perMille * 1e3) continue;
			if (random.below(3) === 0) disk.lose(lying.block.owner, lying.block.number);
			else disk.rot(lying);
		}
	}
}
