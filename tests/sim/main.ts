/** `npm run sim`: runs one simulation, prints its report, and as its last line the outcome as JSON. */
import { createWriteStream } from 'node:fs';
import { readCommand, usage, type Command } from './command.ts';
import { printReport, writePlots } from './report.ts';
import { simulate, type Finished } from './simulation.ts';

const levels = ['info', 'warning', 'error'] as const;

async function run(command: Command): Promise<{ finished: Finished; seconds: number }> {
	const { out: _out, trace, log, ...what } = command;
	const lines = trace === undefined ? undefined : createWriteStream(trace);
	const startedAt = performance.now();
	const finished = await simulate({
		...what,
		...(lines === undefined ? {} : { traceSink: (line: string) => void lines.write(`${line}\n`) }),
		...(log === undefined
			? {}
			: {
					log: (machine, level, text) => {
						if (levels.indexOf(level as (typeof levels)[number]) < levels.indexOf(log)) return;
						const day = (machine.world.elapsed / 86_400_000).toFixed(3);
						console.log(`day ${day} ${machine.id.slice(0, 8)} ${level}: ${text}`);
					}
				}),
		onDay: (day, world) => {
			if (process.stderr.isTTY)
				process.stderr.write(`\rday ${day}: ${world.violationCount} violations`);
		}
	});
	lines?.end();
	return { finished, seconds: (performance.now() - startedAt) / 1_000 };
}

async function main(): Promise<void> {
	let command: Command;
	try {
		command = readCommand(process.argv.slice(2));
	} catch (error) {
		console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
		process.exitCode = 2;
		return;
	}
	const { finished, seconds } = await run(command);
	printReport(command.scenario, finished, seconds);
	if (command.out !== undefined) writePlots(command.out, finished);
	const rounded = Math.round(seconds * 100) / 100;
	console.log(JSON.stringify({ ...finished.outcome, seconds: rounded }));
	process.exitCode = finished.outcome.violations === 0 ? 0 : 1;
}

await main();
