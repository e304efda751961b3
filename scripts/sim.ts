/** `npm run sim`: bundles the simulator (a second or two) and runs it with the words of the command line. */
import { spawnSync } from 'node:child_process';
import { root } from './tests/command.ts';
import { bundleSimulator } from './tests/simulator.ts';

const program = await bundleSimulator();
const { status } = spawnSync(
	process.execPath,
	['--enable-source-maps', '--max-old-space-size=4096', program, ...process.argv.slice(2)],
	{ cwd: root, stdio: 'inherit' }
);
process.exitCode = status ?? 1;
