/** What a test run needs beside npm's packages: two browsers and cargo. Found, else installed (Debian, as root), else explained. */
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { browserExecutable, howToGet, type BrowserName } from '../browsers.ts';
import { runCommand } from './command.ts';

const debianPackages: Readonly<Record<BrowserName, string>> = {
	chromium: 'chromium',
	firefox: 'firefox-esr'
};

export interface Tools {
	readonly found: readonly string[];
	/** What is missing, each with the way to get it. */
	readonly missing: readonly string[];
	readonly output: string;
}

export async function findTools(isVerbose: boolean): Promise<Tools> {
	const browsers: readonly BrowserName[] = ['chromium', 'firefox'];
	const wanted = browsers.filter((name) => browserExecutable(name) === undefined);
	const output: string[] = [];
	if (canInstall() && (wanted.length > 0 || cargo() === undefined)) {
		const apt = (...parameters: string[]): Promise<void> =>
			keepOutput('apt-get', ['-q', '-y', ...parameters]);
		const keepOutput = async (program: string, parameters: string[]): Promise<void> => {
			output.push((await runCommand({ program, parameters, limitMinutes: 10 }, isVerbose)).output);
		};
		process.env['DEBIAN_FRONTEND'] = 'noninteractive';
		await apt('update');
		if (wanted.length > 0) await apt('install', ...wanted.map((name) => debianPackages[name]));
		// The compiler that built the committed WASM files brings a cargo for the Rust tests along.
		if (cargo() === undefined) await keepOutput('node', ['scripts/build-wasm.mjs', '--install']);
		if (cargo() === undefined) await apt('install', 'cargo');
	}
	const missing = browsers.filter((name) => browserExecutable(name) === undefined).map(howToGet);
	const found = [...browsers.map(browserExecutable), cargo()].filter((path) => path !== undefined);
	return { found, missing, output: output.join('') };
}

/** The path of cargo: rustup's, or another on the PATH; undefined where there is none. */
export function cargo(): string | undefined {
	const home = process.env['CARGO_HOME'] ?? join(userInfo().homedir, '.cargo');
	const folders = [join(home, 'bin'), ...(process.env['PATH'] ?? '').split(delimiter)];
	return folders.map((folder) => join(folder, 'cargo')).find((path) => existsSync(path));
}

export const howToGetCargo =
	'No cargo was found. Install Rust (https://rustup.rs, or Debian: apt-get install cargo).';

function canInstall(): boolean {
	return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}
