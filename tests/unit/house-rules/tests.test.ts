import { expect, test } from 'vitest';
import { findings, texts } from './tree.ts';

const testFiles = texts.filter((path) => path.startsWith('tests/'));

/** Where a test may depend on the machine it runs on, and why. */
const conditional: Readonly<Record<string, string>> = {
	'tests/browser/coder/pool.test.ts': 'relaxed SIMD is not in every browser',
	'tests/unit/coder/vectors.test.ts': 'relaxed SIMD is not in every Node',
	'tests/browser/storage/quota.test.ts': 'only Chromium lets a test set the quota'
};

/** Where a test may wait for real time, and why. */
const waiting: Readonly<Record<string, string>> = {
	'tests/doubles/clock.ts': 'lets real input and output pass between two steps of virtual time',
	'tests/integration/world.ts': 'is the real clock of engines that talk over real links'
};

test('no test is left out, and none is alone', () => {
	expect(findings(testFiles, /\b(test|it|describe)\.(skip|only|todo|fails)\b/)).toEqual([]);
	const found = findings(testFiles, /\.(skipIf|runIf)\(|\b(context|ctx|task)\.skip\(/);
	expect(found.filter((line) => !isExempt(line, conditional))).toEqual([]);
});

test('no test is tried again until it passes', () => {
	expect(findings(testFiles, /\bretry: ?\d|\bretries\b: ?\d|--retry/)).toEqual([]);
});

test('no test sleeps: it waits for what it is about', () => {
	const sleeping = /\bwaitForTimeout\(|\bsetTimeout\(|from 'node:timers\/promises'/;
	const found = findings(testFiles, sleeping);
	expect(found.filter((line) => !isExempt(line, waiting))).toEqual([]);
});

test('no test draws its own chance: a failure must come again', () => {
	expect(findings(testFiles, /\bMath\.random\(/)).toEqual([]);
});

function isExempt(finding: string, exemptions: Readonly<Record<string, string>>): boolean {
	return Object.keys(exemptions).some((path) => finding.startsWith(`${path}:`));
}
