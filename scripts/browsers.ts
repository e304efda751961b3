import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export type BrowserName = 'chromium' | 'firefox';

const programNames: Readonly<Record<BrowserName, readonly string[]>> = {
	chromium: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
	firefox: ['firefox-esr', 'firefox']
};

/**
 * Flags for headless Chromium. Root (containers, CI) cannot use the sandbox; the rest keeps the
 * browser from talking to its vendor during a test.
 */
export const chromiumFlags: readonly string[] = [
	...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
	'--disable-features=WebRtcHideLocalIpsWithMdns'
];

/** The path of an installed browser: HOLDFAST_CHROMIUM / HOLDFAST_FIREFOX, else the PATH; undefined where there is none. */
export function browserExecutable(name: BrowserName): string | undefined {
	const named = process.env[`HOLDFAST_${name.toUpperCase()}`];
	if (named !== undefined && named !== '') return named;
	const folders = (process.env['PATH'] ?? '').split(delimiter);
	return programNames[name]
		.flatMap((program) => folders.map((folder) => join(folder, program)))
		.find(isExecutable);
}

function isExecutable(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}

/** What to tell a person who has no such browser. */
export function howToGet(name: BrowserName): string {
	const variable = `HOLDFAST_${name.toUpperCase()}`;
	const debian = name === 'chromium' ? 'chromium' : 'firefox-esr';
	return (
		`No ${name} was found on the PATH. Install one (Debian: apt-get install ${debian}), ` +
		`or name it: ${variable}=/path/to/${name}.`
	);
}
