/** The words on the command line of a simulation. */
import { parseArgs } from 'node:util';
import { scenarios } from './scenarios/all.ts';
import type { Scenario } from './scenarios/scenario.ts';

export interface Command {
	readonly scenario: Scenario;
	readonly peers: number;
	readonly days: number;
	readonly seed: string;
	/** Where report.txt and the plots go; undefined for none. */
	readonly out: string | undefined;
	/** Where every event goes as a line of text. */
	readonly trace: string | undefined;
	/** Prints what the engines log, from this level on. */
	readonly log: 'info' | 'warning' | 'error' | undefined;
}

export const usage = `npm run sim -- --scenario NAME --peers N --days D --seed S [--out FOLDER] [--trace FILE] [--log LEVEL]

Scenarios:
${scenarios.map(({ name, summary }) => `  ${name.padEnd(16)} ${summary}`).join('\n')}
`;

/** Throws an Error with a sentence for the person who typed it. */
export function readCommand(words: readonly string[]): Command {
	const { values } = parseArgs({
		args: [...words],
		options: {
			scenario: { type: 'string', default: 'office-hours' },
			peers: { type: 'string', default: '30' },
			days: { type: 'string', default: '30' },
			seed: { type: 'string', default: '1' },
			out: { type: 'string' },
			trace: { type: 'string' },
			log: { type: 'string' }
		}
	});
	const scenario = scenarios.find(({ name }) => name === values.scenario);
	if (scenario === undefined) throw new Error(`There is no scenario ${values.scenario}.`);
	return {
		scenario,
		peers: wholeNumber('--peers', values.peers, 2, 100_000),
		days: wholeNumber('--days', values.days, 4, 3_650),
		seed: values.seed,
		out: values.out,
		trace: values.trace,
		log: logLevel(values.log)
	};
}

function wholeNumber(flag: string, text: string, min: number, max: number): number {
	const value = Number(text);
	if (Number.isInteger(value) && value >= min && value <= max) return value;
	throw new Error(`${flag} is a whole number from ${String(min)} to ${String(max)}, not ${text}.`);
}

function logLevel(text: string | undefined): Command['log'] {
	if (text === undefined || text === 'info' || text === 'warning' || text === 'error') return text;
	throw new Error(`--log is info, warning or error, not ${text}.`);
}
