/** The simulator as one file for Node, with its stand-ins in place: a run must not spend its time in a module loader. */
import { join } from 'node:path';
import { build } from 'vite';
import { standIns } from '../../tests/sim/stand-ins/aliases.ts';
import { root } from './command.ts';

const folder = join(root, '.tmp', 'sim');

/** Resolves to the path of the program. */
export async function bundleSimulator(): Promise<string> {
	await build({
		root,
		configFile: false,
		publicDir: false,
		logLevel: 'error',
		resolve: { alias: standIns },
		ssr: { noExternal: true },
		build: {
			ssr: join(root, 'tests', 'sim', 'main.ts'),
			outDir: folder,
			emptyOutDir: true,
			target: 'node20',
			minify: false,
			sourcemap: true,
			rolldownOptions: { output: { entryFileNames: 'simulator.mjs' } }
		}
	});
	return join(folder, 'simulator.mjs');
}
