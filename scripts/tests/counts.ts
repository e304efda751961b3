/** How many tests passed and failed, read from what Vitest and cargo report. */
import { existsSync, readFileSync } from 'node:fs';

export interface Counts {
	readonly passed: number;
	readonly failed: number;
	readonly skipped: number;
}

interface VitestReport {
	readonly numPassedTests: number;
	readonly numFailedTests: number;
	readonly numTotalTests: number;
	readonly testResults: readonly {
		readonly status: string;
		readonly assertionResults: readonly { readonly status: string }[];
	}[];
}

/** Counts a report of Vitest's JSON reporter. A file that could not even be loaded is one failed test. */
export function countVitest(reportPath: string): Counts {
	if (!existsSync(reportPath)) return { passed: 0, failed: 0, skipped: 0 };
	const report = JSON.parse(readFileSync(reportPath, 'utf8')) as VitestReport;
	const broken = report.testResults.filter(
		({ status, assertionResults }) =>
			status === 'failed' && assertionResults.every((test) => test.status !== 'failed')
	);
	return {
		passed: report.numPassedTests,
		failed: report.numFailedTests + broken.length,
		skipped: report.numTotalTests - report.numPassedTests - report.numFailedTests
	};
}

/** Adds up the lines `test result: ok. 12 passed; 0 failed; 1 ignored; …`, one for each test binary. */
export function countCargo(output: string): Counts {
	const results = [
		...output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm)
	];
	const total = (column: number): number =>
		results.reduce((sum, result) => sum + Number(result[column]), 0);
	return { passed: total(1), failed: total(2), skipped: total(3) };
}
