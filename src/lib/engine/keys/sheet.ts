/**
 * The recovery sheet: all that a person needs to get her files back in any browser. Its QR code carries a recovery
 * code: the root secret, where to look, and the beginnings of the partners' identities
 * (docs/format/recovery-sheet.md). Rejected for the code: a link, because the secret would end up in the
 * history of whatever phone scans it; full partner identities, because the head lists them and 20 of them
 * would make a code that a phone camera reads badly.
 */
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { bytesOf, nameOf, type PeerId } from '../identifiers.ts';
import {
	bytesField,
	type EnvelopeProblem,
	listField,
	textField,
	unwrap,
	wholeField,
	wrap
} from './envelope.ts';
import { deriveKeyring, keyBytes } from './keyring.ts';
import { base32 } from './text-codes.ts';
import { wordsOf } from './words.ts';

/** Version of the sheet, its code and the recovery file. */
export const sheetVersion = 1;

/** What stands on the sheet besides the secret and what follows from it. */
export interface SheetContents {
	readonly partners: readonly PeerId[];
	/** Addresses of brokers, the most useful first. */
	readonly brokers: readonly string[];
	/** Where the app is served from. */
	readonly app: string;
	/** Names of the circles. */
	readonly circles: readonly string[];
	/** When it was made: milliseconds since the Unix epoch. */
	readonly madeAt: number;
}

export interface RecoverySheet extends SheetContents {
	readonly version: number;
	readonly rootSecret: Uint8Array;
	readonly words: readonly string[];
	readonly identity: PeerId;
}

/** The sheet of the peer with this 32-byte root secret. */
export function recoverySheet(rootSecret: Uint8Array, contents: SheetContents): RecoverySheet {
	return {
		version: sheetVersion,
		rootSecret,
		words: wordsOf(rootSecret),
		identity: deriveKeyring(rootSecret).peer,
		partners: contents.partners,
		brokers: contents.brokers,
		app: contents.app,
		circles: contents.circles,
		madeAt: contents.madeAt
	};
}

/** What a recovery code holds of the sheet. */
export interface RecoveryCode {
	readonly rootSecret: Uint8Array;
	readonly identity: PeerId;
	/** The first 16 hex digits of the partners' identities: they serve to recognise, never to trust. */
	readonly partnerBeginnings: readonly string[];
	readonly brokers: readonly string[];
	/** Empty where it did not fit. */
	readonly app: string;
	/** Milliseconds since the Unix epoch, in whole seconds. */
	readonly madeAt: number;
}

export type CodeProblem = { readonly kind: 'not-holdfast' } | EnvelopeProblem;

export type CodeReading = { readonly kind: 'code'; readonly code: RecoveryCode } | CodeProblem;

const codeKind = { label: 'holdfast recovery code', version: sheetVersion };
const prefix = 'HOLDFAST:';
/** 300 bytes are 480 letters: QR version 14 at error correction M, 73 modules wide. */
const codeBytesMax = 300;
const partnersMax = 20;
const beginningBytes = 8;
const brokersMax = 8;
const addressBytesMax = 120;

/**
 * The text of the sheet's QR code, in capitals, digits and one colon. What does not fit into 300 bytes is left
 * out: first the partners from the last on, then the brokers but the first, then the app's address.
 */
export function recoveryCode(sheet: RecoverySheet): string {
	let app = fitsAddress(sheet.app) ? sheet.app : '';
	const brokers = sheet.brokers.filter(fitsAddress).slice(0, brokersMax);
	const partners = sheet.partners.slice(0, partnersMax);
	let bytes = codeBytes(sheet, { app, brokers, partners });
	while (bytes.length > codeBytesMax) {
		if (partners.length > 0) partners.pop();
		else if (brokers.length > 1) brokers.pop();
		else app = '';
		bytes = codeBytes(sheet, { app, brokers, partners });
	}
	return prefix + base32.encode(bytes);
}

/** Reads a recovery code from a camera or a keyboard: case, spaces, dashes and line breaks are free. */
export function readRecoveryCode(text: string): CodeReading {
	const capitals = text.slice(0, 2000).toUpperCase().replace(/[\s-]/gu, '');
	if (!capitals.startsWith(prefix)) return { kind: 'not-holdfast' };
	const bytes = base32.decode(capitals.slice(prefix.length));
	if (bytes === undefined || bytes.length > codeBytesMax) return { kind: 'checksum' };
	const opened = unwrap(codeKind, bytes);
	if (opened.kind !== 'fields') return opened;
	try {
		return { kind: 'code', code: codeOf(opened.fields) };
	} catch {
		// The checksum matched, so this was written so: by nobody's Holdfast.
		return { kind: 'checksum' };
	}
}

function codeBytes(
	sheet: RecoverySheet,
	{ app, brokers, partners }: Pick<SheetContents, 'app' | 'brokers' | 'partners'>
): Uint8Array {
	const beginnings = partners.map((peer) => bytesOf(peer).slice(0, beginningBytes));
	const seconds = Math.floor(sheet.madeAt / 1000);
	return wrap(codeKind, [sheet.rootSecret, seconds, concatBytes(...beginnings), brokers, app]);
}

function codeOf(fields: readonly unknown[]): RecoveryCode {
	const [secret, seconds, beginnings, brokers, app] = fields;
	const rootSecret = bytesField(secret, keyBytes);
	const partners = bytesField(beginnings, 0, partnersMax * beginningBytes);
	return {
		rootSecret,
		identity: deriveKeyring(rootSecret).peer,
		partnerBeginnings: nameOf(partners).match(/.{16}/gu) ?? [],
		brokers: listField(brokers, brokersMax, (broker) => textField(broker, addressBytesMax)),
		app: textField(app, addressBytesMax),
		madeAt: 1000 * wholeField(seconds, 0xffff_ffff)
	};
}

function fitsAddress(address: string): boolean {
	return utf8ToBytes(address).length <= addressBytesMax;
}
