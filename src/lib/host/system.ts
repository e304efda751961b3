/** What this browser runs on, as its partners are told (engine/system.ts): from what it says of itself to every site. */
import type { BrowserEngine, OperatingSystem, System } from '../engine/system.ts';

/** What of `navigator` is read; `userAgentData` is Chromium's. */
export interface SelfDescription {
	readonly userAgent: string;
	readonly userAgentData?: { readonly platform?: string };
}

/** The first that fits. Chrome OS and Android name Linux as well, and iOS names Mac OS. */
const systems: readonly (readonly [sign: RegExp, os: OperatingSystem])[] = [
	[/CrOS|Chrome ?OS/u, 'chromeos'],
	[/Android/u, 'android'],
	[/iPhone|iPad|iPod|^iOS/u, 'ios'],
	[/Windows/u, 'windows'],
	[/Mac ?OS|Macintosh/iu, 'macos'],
	[/Linux|X11/u, 'linux']
];

/** The first that fits. Chromium names Safari, and everybody names Gecko. */
const engines: readonly (readonly [sign: RegExp, engine: BrowserEngine])[] = [
	[/Chrome\/|Chromium\//u, 'chromium'],
	[/Firefox\//u, 'firefox'],
	[/AppleWebKit\//u, 'webkit']
];

/** Browsers on iOS have its engine, whatever they are called. */
export function systemOf({ userAgent, userAgentData }: SelfDescription): System {
	const os = firstOf(systems, userAgentData?.platform) ?? firstOf(systems, userAgent) ?? 'other';
	const engine = os === 'ios' ? 'webkit' : (firstOf(engines, userAgent) ?? 'other');
	return { os, engine };
}

function firstOf<Name>(
	signs: readonly (readonly [sign: RegExp, name: Name])[],
	text = ''
): Name | undefined {
	return signs.find(([sign]) => sign.test(text))?.[1];
}
