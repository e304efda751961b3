import { expect, test } from 'vitest';
import { read } from './tree.ts';

type Versions = Readonly<Record<string, string>>;

interface Manifest {
	readonly dependencies: Versions;
	readonly devDependencies: Versions;
	readonly overrides: Versions;
}

const manifest = JSON.parse(read('package.json')) as Manifest;

test('every dependency has one exact version', () => {
	const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.overrides };
	const exact = /^(npm:(@[\w-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/;
	expect(Object.entries(all).filter(([, version]) => !exact.test(version))).toEqual([]);
});

test('the record of dependencies names each with its version', () => {
	const record = read('docs/adr/0009-dependencies.md');
	const missing = Object.entries(manifest.dependencies).filter(([name, version]) => {
		const number = version.split('@').at(-1) ?? version;
		return !record.includes(`\`${name}\``) || !record.includes(number);
	});
	expect(missing).toEqual([]);
});
