/** The stages of `npm test`, in the order they run. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, runCommand, type Command } from './command.ts';
import { countCargo, countVitest, type Counts } from './counts.ts';
import { cargo, findTools, howToGetCargo } from './tools.ts';

export interface Outcome extends Counts {
	/** A few words for the stage's line. */
	readonly note?: string;
	/** What to show when the stage failed. */
	readonly output: string;
}

export interface Stage {
	readonly name: string;
	readonly run: (isVerbose: boolean) => Promise<Outcome>;
}

/** Stages whose last line of output is worth a look although they passed: how WASM was checked, how much a first visit loads. */
const notable = new Set(['wasm', 'build']);
const crate = join(root, 'src/lib/wasm-rs');

export const stages: readonly Stage[] = [
	{ name: 'tools', run: tools },
	asOneTest('types', [
		command(5, 'svelte-kit', 'sync'),
		command(10, 'svelte-check', '--tsconfig', './tsconfig.json', '--fail-on-warnings'),
		command(5, 'tsc', '-p', 'src/lib/engine/tsconfig.json'),
		command(5, 'tsc', '-p', 'tsconfig.service-worker.json')
	]),
	asOneTest('lint', [command(15, 'eslint', '.')]),
	asOneTest('format', [command(10, 'prettier', '--check', '.')]),
	asOneTest('wasm', [command(10, 'node', 'scripts/build-wasm.mjs', '--check')]),
	{ name: 'rust', run: rust },
	vitest('node', 15),
	vitest('sim', 15),
	vitest('chromium', 10),
	vitest('firefox', 10),
	asOneTest('build', [
		command(5, 'vite', 'build', '--logLevel', 'warn'),
		command(1, 'tsx', 'scripts/first-load.ts')
	]),
	vitest('e2e', 15)
];

function command(limitMinutes: number, program: string, ...parameters: string[]): Command {
	return { program, parameters, limitMinutes };
}

async function tools(isVerbose: boolean): Promise<Outcome> {
	const { found, missing, output } = await findTools(isVerbose);
	const failed = missing.length;
	return {
		passed: 0,
		failed,
		skipped: 0,
		note: found.join(', '),
		output: output + missing.join('\n')
	};
}

/** Commands that together are one test: it passes when all end well. */
function asOneTest(name: string, commands: readonly Command[]): Stage {
	return {
		name,
		run: async (isVerbose) => {
			let output = '';
			for (const each of commands) {
				const ending = await runCommand(each, isVerbose);
				output += ending.output;
				if (!ending.succeeded) return { passed: 0, failed: 1, skipped: 0, output };
			}
			const note = notable.has(name) ? output.trim().split('\n').at(-1) : undefined;
			return { passed: 1, failed: 0, skipped: 0, output, ...(note !== undefined && { note }) };
		}
	};
}

async function rust(isVerbose: boolean): Promise<Outcome> {
	const program = cargo();
	if (program === undefined) return { passed: 0, failed: 1, skipped: 0, output: howToGetCargo };
	const parameters = ['test', '--offline', '--color', 'never'];
	const { succeeded, output } = await runCommand(
		{ program, parameters, folder: crate, limitMinutes: 10 },
		isVerbose
	);
	return { ...withEnding(countCargo(output), succeeded), output };
}

/** One project of vitest.config.ts. */
function vitest(project: string, limitMinutes: number): Stage {
	return {
		name: project,
		run: async (isVerbose) => {
			const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
			const report = join(folder, 'report.json');
			const reporters = [
				`--reporter=${isVerbose ? 'default' : 'minimal'}`,
				'--reporter=json',
				`--outputFile.json=${report}`
			];
			try {
				const { succeeded, output } = await runCommand(
					command(limitMinutes, 'vitest', 'run', '--project', project, ...reporters),
					isVerbose
				);
				return { ...withEnding(countVitest(report), succeeded), output };
			} finally {
				rmSync(folder, { recursive: true, force: true });
			}
		}
	};
}

/** A run that ends badly although no test failed (an error nobody caught, no test at all) is one failure. */
function withEnding(counts: Counts, succeeded: boolean): Counts {
	const nothingRan = counts.passed + counts.failed === 0;
	if (counts.failed > 0 || (succeeded && !nothingRan)) return counts;
	return { ...counts, failed: 1 };
}
