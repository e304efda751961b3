/** One sentence for each kind of event. */
import type { EventKind } from '../engine/events.ts';
import type { PeerId } from '../engine/identifiers.ts';
import type { EventRecord } from '../engine/records.ts';
import type { EventView } from './api.ts';
import { peerName } from './peer-names.ts';
import { days, deed, many, warningOf } from './standing-text.ts';
import type { RenegeReason } from '../engine/verify/account.ts';

type Detail = EventRecord['detail'];
type Telling = readonly [tone: EventView['tone'], text: (detail: Detail) => string];

const partner = (detail: Detail): string => peerName(String(detail['partner']) as PeerId);
const count = (detail: Detail, key: string): number => Number(detail[key] ?? 0);
const reason = (detail: Detail): RenegeReason => detail['reason'] as RenegeReason;

const tellings: Readonly<Record<EventKind, Telling>> = {
	'backup-done': [
		'good',
		(d) =>
			count(d, 'newFiles') === 0
				? 'Backup finished. Nothing had changed.'
				: `Backup finished: ${many(count(d, 'newFiles'), 'new or changed file', 'new or changed files')}.`
	],
	'backup-failed': ['warning', () => 'A backup stopped. It is tried again by itself.'],
	'partner-agreed': ['good', (d) => `${partner(d)} is your partner now.`],
	'partner-ended': ['news', (d) => `The partnership with ${partner(d)} ended.`],
	'partner-leaving': [
		'news',
		(d) => `${partner(d)} leaves Holdfast. What it holds for you moves to others first.`
	],
	'partner-lost-blocks': [
		'warning',
		(d) =>
			`${partner(d)} lost ${many(count(d, 'blocks'), 'block', 'blocks')} of yours. They are made again.`
	],
	'partner-refused': ['warning', (d) => `${partner(d)} takes no more for now: ${d['reason']}.`],
	'partner-refilled': [
		'good',
		(d) => `${partner(d)} received ${many(count(d, 'blocks'), 'block', 'blocks')} made again.`
	],
	'partner-overdue': [
		'warning',
		(d) =>
			`${partner(d)} has been away for ${days(count(d, 'forMs'))}. Nothing is lost. If it is not back in ${days(count(d, 'leftMs'))}, Holdfast asks somebody else.`
	],
	'partner-returned': [
		'good',
		(d) => `${partner(d)} is back after ${days(count(d, 'forMs'))}. Nothing had to be sent again.`
	],
	'partner-warned': ['warning', (d) => `${partner(d)} ${warningOf(reason(d))}`],
	'partner-declared-loss': [
		'warning',
		(d) =>
			`${partner(d)} says that it lost ${many(count(d, 'blocks'), 'block', 'blocks')} of yours. They are made again.`
	],
	'partner-reneged': [
		'warning',
		(d) =>
			`${partner(d)} ${deed(reason(d), count(d, 'forMs'))}. The partnership ended, and Holdfast gives its part to somebody else.`
	],
	'warned-by-partner': [
		'warning',
		(d) =>
			`${partner(d)} warns you: it says that this device ${deed(reason(d), count(d, 'forMs'))}. Keep Holdfast open where you can.`
	],
	'let-go-by-partner': [
		'warning',
		(d) =>
			`${partner(d)} ended the partnership: it says that this device ${deed(reason(d), count(d, 'forMs'))}. Holdfast looks for somebody else.`
	],
	'disk-full': ['warning', () => 'This disk had no room for a partner’s block.'],
	fenced: ['bad', () => 'Another device took over this backup. This one stopped writing.'],
	restored: ['good', (d) => `${many(count(d, 'files'), 'file', 'files')} restored.`],
	'taken-over': ['good', () => 'This device has taken over your backup.']
};

export function eventView(event: EventRecord): EventView {
	const telling = tellings[event.kind as EventKind] as Telling | undefined;
	if (telling === undefined) return { at: event.at, tone: 'news', text: event.kind };
	return { at: event.at, tone: telling[0], text: telling[1](event.detail) };
}
