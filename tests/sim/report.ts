/** What a simulation found, for people: a page of text, and plots as SVG. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plot } from './plot.ts';
import type { Scenario } from './scenarios/scenario.ts';
import type { DayNote, Finished } from './simulation.ts';

const violationsShown = 20;
const dayMs = 24 * 60 * 60_000;

export function printReport(scenario: Scenario, finished: Finished, seconds: number): void {
	const { outcome, violations, days, balances } = finished;
	const last = days.at(-1);
	const lines = [
		`${scenario.name}: ${scenario.summary}`,
		`${outcome.peers} peers, ${outcome.days} days, seed ${outcome.seed}`,
		'',
		row('events', outcome.events),
		row('messages delivered', outcome.messages),
		row('messages a second', Math.round(outcome.messages / seconds)),
		row('backups done', outcome.backups),
		row('restores from words', outcome.restores),
		row('processes crashed', outcome.crashes),
		row('agreements at the end', (last?.agreements ?? 0) / 2),
		row('bytes held at the end', last?.heldBytes ?? 0),
		row('fully protected at the end', `${((last?.protectedShare ?? 0) * 100).toFixed(1)} %`),
		row('repaired for lost bytes', outcome.repairRatio ?? 'too little was lost'),
		row('cheats caught', `${outcome.caughtCheats} of ${outcome.cheats}`),
		row('honest peers expelled', outcome.expelledHonest),
		row('snapshots lost', outcome.lostSnapshots),
		row('violations', outcome.violations),
		row('seconds', seconds.toFixed(1)),
		''
	];
	if (outcome.cheats > 0) {
		lines.push(`${'role'.padEnd(32)} peers      pays      gets   (bytes, mean)`);
		for (const { role, peers, paidBytes, gotBytes } of balances) {
			lines.push(`${role.padEnd(32)} ${pad(peers, 5)} ${pad(paidBytes, 9)} ${pad(gotBytes, 9)}`);
		}
		lines.push('');
	}
	for (const { checker, at, text } of violations.slice(0, violationsShown)) {
		lines.push(`VIOLATION day ${(at / dayMs).toFixed(2)} ${checker}: ${text}`);
	}
	console.log(lines.join('\n'));
}

/** Plots of what each day was like. */
export function writePlots(folder: string, { days }: Finished): void {
	mkdirSync(folder, { recursive: true });
	const draw = (file: string, title: string, value: (day: DayNote) => number): void => {
		const points = days.map((day) => ({ x: day.day, y: value(day) }));
		writeFileSync(join(folder, `${file}.svg`), plot(title, 'day', points));
	};
	draw('on', 'peers on at midnight UTC', ({ on }) => on);
	draw('messages', 'messages delivered', ({ messages }) => messages);
	draw('agreements', 'agreements of the peers that are on', ({ agreements }) => agreements);
	draw('protected', 'owners fully protected, %', ({ protectedShare }) => 100 * protectedShare);
	draw('held', 'bytes held for others', ({ heldBytes }) => heldBytes);
}

function pad(value: number, width: number): string {
	return String(value).padStart(width);
}

function row(name: string, value: number | string): string {
	return `${name.padEnd(28)} ${typeof value === 'number' ? value.toLocaleString('en') : value}`;
}
