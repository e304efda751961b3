/** After the healed phase everybody is on, has backed up since, and is fully protected where partners suffice. */
import type { Machine } from '../machine.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';

const dayMs = 24 * 60 * 60_000;

export class Convergence implements Checker {
	readonly name = 'convergence';

	atEnd(world: World): void {
		for (const machine of world.machines) {
			if (!machine.honest || machine.state === 'gone') continue;
			const problem = problemOf(world, machine);
			if (problem !== undefined) {
				world.violation(
					this.name,
					`${machine.id.slice(0, 8)} (${machine.hardware.kind}): ${problem}`
				);
			}
		}
	}
}

function problemOf(world: World, machine: Machine): string | undefined {
	const { peer, lastBackup } = machine;
	if (peer === undefined) return 'is not on';
	if (peer.fenced) return 'is fenced off';
	const partners = peer.agreements.active().length;
	// Nobody to agree with: that is supply, not the engine.
	if (partners === 0) return undefined;
	if (lastBackup === undefined) return `never backed up, with ${String(partners)} partners`;
	if (world.clock.now - lastBackup.at > dayMs) {
		return `has not backed up for more than a day: ${JSON.stringify(peer.rounds.state)}`;
	}
	const owing = peer.holdings.owing().filter((holding) => {
		const held = holding.holders.filter((holder) => holder !== undefined).length;
		return held < Math.min(holding.holders.length, partners);
	});
	return owing.length === 0 ? undefined : `${String(owing.length)} stripes are not whole`;
}
