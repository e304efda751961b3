// Everything that must hold before a change lands: types, lint, format, Rust, WASM, unit to end-to-end tests, in that
// order, one line a stage. The output of a stage is shown when it failed.
//
//   npm test                        every stage
//   npm test -- --only node,e2e     some of them
//   npm test -- --verbose           with everything that the stages print, while they print it
import { parseArgs } from 'node:util';
import { endAll } from './tests/command.ts';
import { stages, type Outcome, type Stage } from './tests/stages.ts';

const { values: options } = parseArgs({
	options: { only: { type: 'string' }, verbose: { type: 'boolean', default: false } }
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
	process.once(signal, () => {
		endAll();
		process.exit(1);
	});
}

let passed = 0;
let failed = 0;
for (const stage of chosenStages(options.only)) {
	const outcome = await runStage(stage);
	passed += outcome.passed;
	failed += outcome.failed;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

async function runStage(stage: Stage): Promise<Outcome> {
	const startedAt = performance.now();
	const outcome = await stage.run(options.verbose);
	const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
	if (outcome.failed > 0 && !options.verbose) {
		console.log(`\n──── ${stage.name} ────\n${outcome.output.trim()}\n────\n`);
	}
	console.log(`${stage.name.padEnd(9)} ${seconds.padStart(6)} s  ${summary(outcome)}`);
	return outcome;
}

function summary({ passed, failed, skipped, note }: Outcome): string {
	const parts = [
		...(passed > 0 ? [`${passed} ok`] : []),
		...(failed > 0 ? [`${failed} FAILED`] : []),
		...(skipped > 0 ? [`${skipped} skipped`] : []),
		...(note !== undefined && note !== '' ? [note] : [])
	];
	return parts.join(', ');
}

function chosenStages(only: string | undefined): readonly Stage[] {
	if (only === undefined) return stages;
	const names = only.split(',');
	const known = stages.map(({ name }) => name);
	const unknown = names.filter((name) => !known.includes(name));
	if (unknown.length > 0) {
		console.error(`no stage ${unknown.join(', ')}: there are ${known.join(', ')}`);
		process.exit(1);
	}
	return stages.filter(({ name }) => names.includes(name));
}
