/**
 * Chromium's “Allow on every visit”, as the person would have answered: no driver can press that button, so the
 * answer is written into the profile of a browser that is switched off.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

type Exceptions = Record<string, Record<string, unknown> | undefined>;

interface Preferences {
	profile?: { content_settings?: { exceptions?: Exceptions } };
}

/** Microseconds from 1601 to 1970: where Chromium counts from. */
const epochMicroseconds = 11_644_473_600_000_000n;

/** From the next start on, handles of these folders may be read and written without a question. */
export function grantFolders(profile: string, origin: string, paths: readonly string[]): void {
	const file = join(profile, 'Default', 'Preferences');
	const preferences: Preferences = existsSync(file)
		? (JSON.parse(readFileSync(file, 'utf8')) as Preferences)
		: {};
	preferences.profile ??= {};
	preferences.profile.content_settings ??= {};
	const exceptions = (preferences.profile.content_settings.exceptions ??= {});
	const last_modified = String(BigInt(Date.now()) * 1000n + epochMicroseconds);
	const key = `${origin},*`;
	const objects = paths.map((path) => ({
		path,
		'display-name': basename(path),
		'is-directory': true,
		readable: true,
		writable: true
	}));
	const chosen = { last_modified, setting: { 'chosen-objects': objects } };
	const always = { last_modified, setting: 1 };
	exceptions['file_system_access_chooser_data'] = { [key]: chosen };
	exceptions['file_system_access_extended_permission'] = { [key]: always };
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, JSON.stringify(preferences));
}
