/**
 * `npm run bench -- [name]`: measures, prints a table, and as its last line one JSON object. Without a name every
 * benchmark runs, one after the other. Nothing else should run on the machine meanwhile.
 */
import type { Result } from './result.ts';

type Bench = () => Promise<readonly Result[]>;

const benches: Readonly<Record<string, () => Promise<{ readonly default: Bench }>>> = {
	coder: () => import('./coder.ts'),
	pipeline: () => import('./pipeline.ts'),
	proof: () => import('./proof.ts'),
	storage: () => import('./storage.ts'),
	link: () => import('./link.ts'),
	'end-to-end': () => import('./end-to-end.ts'),
	memory: () => import('./memory.ts')
};

async function main(): Promise<void> {
	const asked = process.argv.slice(2);
	const unknown = asked.find((name) => !Object.hasOwn(benches, name));
	if (unknown !== undefined) {
		console.error(
			`There is no benchmark ${unknown}. There are: ${Object.keys(benches).join(', ')}.`
		);
		process.exitCode = 2;
		return;
	}
	for (const name of asked.length > 0 ? asked : Object.keys(benches)) {
		const bench = await benches[name]?.();
		if (bench !== undefined) print(name, await bench.default());
	}
}

function print(bench: string, results: readonly Result[]): void {
	const shown = results.map((result) => ({
		...result,
		value: rounded(result.value),
		ratio: rounded(result.ratio)
	}));
	console.table(shown);
	console.log(JSON.stringify({ bench, results: shown }));
}

/** Three significant digits: more would be noise. */
function rounded(value: number): number {
	return Number(value.toPrecision(3));
}

await main();
