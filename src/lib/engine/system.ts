/**
 * What a peer says of the system it runs on (patent step 268, claims 21 and 23): one flaw or one eviction rule may take
 * all partners of one kind at once. Named from closed lists, so that nobody is told more than what diversity needs.
 */

/** 'other' is not known, and counts as shared with nobody. */
export const operatingSystems = [
	'windows',
	'macos',
	'linux',
	'android',
	'ios',
	'chromeos',
	'other'
] as const;
export type OperatingSystem = (typeof operatingSystems)[number];

/** What browsers store with: eviction rules and storage bugs belong to the engine, not to the brand. */
export const browserEngines = ['chromium', 'firefox', 'webkit', 'other'] as const;
export type BrowserEngine = (typeof browserEngines)[number];

export interface System {
	readonly os: OperatingSystem;
	readonly engine: BrowserEngine;
}

export const unknownSystem: System = { os: 'other', engine: 'other' };

export function sameSystem(a: System, b: System): boolean {
	return a.os === b.os && a.engine === b.engine;
}
