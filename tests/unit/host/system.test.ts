import { expect, it } from 'vitest';
import { systemOf } from '../../../src/lib/host/system.ts';

const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)';
const safari = 'AppleWebKit/605.1.15 (KHTML, like Gecko)';

it.each([
	[
		`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/142.0.0.0 Safari/537.36`,
		'windows',
		'chromium'
	],
	[
		`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0`,
		'windows',
		'chromium'
	],
	['Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0', 'linux', 'firefox'],
	[
		`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${safari} Version/26.0 Safari/605.1.15`,
		'macos',
		'webkit'
	],
	[
		`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${webkit} Chrome/142.0.0.0 Safari/537.36`,
		'chromeos',
		'chromium'
	],
	[
		`Mozilla/5.0 (Linux; Android 10; K) ${webkit} Chrome/142.0.0.0 Mobile Safari/537.36`,
		'android',
		'chromium'
	],
	['Mozilla/5.0 (Android 16; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0', 'android', 'firefox'],
	[
		`Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) ${safari} CriOS/142.0 Mobile/15E148 Safari/604.1`,
		'ios',
		'webkit'
	],
	['curl/8.0', 'other', 'other']
])('reads what "%s" is', (userAgent, os, engine) => {
	expect(systemOf({ userAgent })).toEqual({ os, engine });
});

it('believes the platform that Chromium names before the frozen user agent', () => {
	const userAgent = `Mozilla/5.0 (X11; Linux x86_64) ${webkit} Chrome/142.0.0.0 Safari/537.36`;
	for (const [platform, os] of [
		['Chrome OS', 'chromeos'],
		['macOS', 'macos'],
		['Windows', 'windows'],
		['', 'linux'],
		['Fuchsia', 'linux']
	] as const) {
		expect(systemOf({ userAgent, userAgentData: { platform } }).os).toBe(os);
	}
});
