/** When nothing goes wrong any more, both ends of every agreement have the same one. */
import type { AgreementRecord } from '../../../src/lib/engine/records.ts';
import type { Machine } from '../machine.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';

export class Agreements implements Checker {
	readonly name = 'agreements';

	atEnd(world: World): void {
		for (const machine of world.machines) {
			if (machine.state === 'gone' || !machine.honest) continue;
			for (const record of activeOf(machine)) this.#compare(world, machine, record);
		}
	}

	#compare(world: World, machine: Machine, record: AgreementRecord): void {
		const partner = world.machineOf(record.partner);
		if (partner === undefined || !partner.honest || partner.state === 'gone') return;
		const theirs = activeOf(partner).find((other) => other.partner === machine.id);
		if (theirs?.id === record.id) return;
		const what = theirs === undefined ? 'nothing' : 'another one';
		const text = `${machine.id.slice(0, 8)} has an agreement with ${partner.id.slice(0, 8)}`;
		world.violation(this.name, `${text}, which has ${what}`);
	}
}

export function activeOf(machine: Machine): readonly AgreementRecord[] {
	const records = [...(machine.disk.tables.get('agreements')?.values() ?? [])] as AgreementRecord[];
	return records.filter(({ state }) => state === 'active');
}
