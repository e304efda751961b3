/** The sheet's fields in a recovery file, as JSON values (docs/format/recovery-file.md). */
import { isName, type PeerId } from '../identifiers.ts';
import { recoverySheet, type RecoverySheet } from './sheet.ts';
import { readWords } from './words.ts';

const partnersMax = 255;
const brokersMax = 32;
const circlesMax = 64;
const textCharactersMax = 1024;
const peerBytes = 32;

/** Plain JSON values, in the order in which they stand in the file. */
export function printSheet(sheet: RecoverySheet): Readonly<Record<string, unknown>> {
	return {
		words: sheet.words.join(' '),
		identity: sheet.identity,
		app: sheet.app,
		brokers: sheet.brokers.slice(0, brokersMax),
		partners: sheet.partners.slice(0, partnersMax),
		circles: sheet.circles.slice(0, circlesMax),
		madeAt: sheet.madeAt
	};
}

/** The sheet; undefined where a field is missing, out of bounds, or of another peer than the words. */
export function parseSheet(value: unknown): RecoverySheet | undefined {
	if (typeof value !== 'object' || value === null) return undefined;
	const fields: Readonly<Record<string, unknown>> = { ...value };
	const words = readWords(isText(fields['words']) ? fields['words'] : '');
	const partners = listOf(fields['partners'], partnersMax, isPeer);
	const brokers = listOf(fields['brokers'], brokersMax, isText);
	const circles = listOf(fields['circles'], circlesMax, isText);
	const { app, madeAt } = fields;
	if (words.kind !== 'root-secret' || !isText(app) || !isTime(madeAt)) return undefined;
	if (partners === undefined || brokers === undefined || circles === undefined) return undefined;
	const contents = { partners, brokers, app, circles, madeAt };
	const sheet = recoverySheet(words.rootSecret, contents);
	return sheet.identity === fields['identity'] ? sheet : undefined;
}

function listOf<T>(
	value: unknown,
	max: number,
	is: (item: unknown) => item is T
): readonly T[] | undefined {
	if (!Array.isArray(value) || value.length > max) return undefined;
	const items: readonly unknown[] = value;
	return items.every(is) ? items : undefined;
}

function isPeer(value: unknown): value is PeerId {
	return isName(value, peerBytes);
}

function isText(value: unknown): value is string {
	return typeof value === 'string' && value.length <= textCharactersMax;
}

function isTime(value: unknown): value is number {
	return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
