/**
 * The recovery sheet as a file `name.holdfast-recovery` (docs/format/recovery-file.md): JSON, so that a person who
 * finds it in ten years can see what it is, plain or locked with a passphrase. The passphrase becomes a key by
 * Argon2id (RFC 9106), whose cost stands in the file, and the sheet is sealed by XChaCha20-Poly1305. A checksum
 * without key over the whole tells damage from a wrong passphrase.
 */
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { argon2idAsync } from '@noble/hashes/argon2.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { nameOf } from '../identifiers.ts';
import type { Random } from '../ports.ts';
import { keyBytes } from './keyring.ts';
import { parseSheet, printSheet } from './recovery-fields.ts';
import { sheetVersion, type RecoverySheet } from './sheet.ts';
import { base64url } from './text-codes.ts';

/** What a guess of the passphrase costs. */
export interface LockCost {
	readonly memoryKiB: number;
	readonly passes: number;
	readonly lanes: number;
}

/** About two seconds on a laptop: RFC 9106's second recommendation with one lane. */
export const lockCost: LockCost = { memoryKiB: 64 * 1024, passes: 3, lanes: 1 };

/** A file that asks for more than a phone can give is not read: it would only freeze the app. */
const memoryKiBMax = 256 * 1024;
const passesMax = 16;
const lanesMax = 8;

const marker = 'recovery file';
const fileCharactersMax = 256 * 1024;
const saltBytes = 16;
const nonceBytes = 24;
const note =
	'Whoever has this file can read the whole backup. Open it in Holdfast: Get files back, Recovery file.';
const lockedNote =
	'This file opens a backup, together with its passphrase. Open it in Holdfast: Get files back, Recovery file.';

export type RecoveryFileProblem =
	| { readonly kind: 'not-recovery-file' }
	| { readonly kind: 'cut-short' }
	| { readonly kind: 'newer-version'; readonly version: number }
	| { readonly kind: 'damaged' }
	| { readonly kind: 'wrong-passphrase' };

export type RecoveryFileReading =
	| { readonly kind: 'sheet'; readonly sheet: RecoverySheet }
	/** It is whole and needs its passphrase. */
	| { readonly kind: 'locked' }
	| RecoveryFileProblem;

/** The file's text, readable by anybody who has it. */
export function writeRecoveryFile(sheet: RecoverySheet): string {
	return print({ note, sheet: printSheet(sheet) });
}

/** The file's text, readable only with the passphrase. `cost` is for tests. */
export async function lockRecoveryFile(
	sheet: RecoverySheet,
	passphrase: string,
	random: Random,
	cost: LockCost = lockCost
): Promise<string> {
	const salt = random.bytes(saltBytes);
	const nonce = random.bytes(nonceBytes);
	const key = await keyFrom(passphrase, salt, cost);
	const plain = utf8ToBytes(JSON.stringify(printSheet(sheet)));
	const sealed = xchacha20poly1305(key, nonce, associated).encrypt(plain);
	return print({
		note: lockedNote,
		lock: {
			kdf: 'argon2id',
			...cost,
			salt: base64url.encode(salt),
			nonce: base64url.encode(nonce),
			sealed: base64url.encode(sealed)
		}
	});
}

/** Reads a recovery file. Resolves to `locked` where a passphrase is needed and none was given. */
export async function readRecoveryFile(
	text: string,
	passphrase?: string
): Promise<RecoveryFileReading> {
	const file = parseFile(text);
	if (file.kind !== 'fields') return file;
	const { sheet, lock } = file.fields;
	if (lock === undefined) return sheetReading(sheet);
	const locked = parseLock(lock);
	if (locked === undefined) return { kind: 'damaged' };
	if (passphrase === undefined) return { kind: 'locked' };
	const key = await keyFrom(passphrase, locked.salt, locked.cost);
	try {
		const plain = xchacha20poly1305(key, locked.nonce, associated).decrypt(locked.sealed);
		return sheetReading(JSON.parse(new TextDecoder().decode(plain)));
	} catch {
		// The checksum matched, so the bytes are those that were written: the key is another.
		return { kind: 'wrong-passphrase' };
	}
}

type Fields = Readonly<Record<string, unknown>>;

const associated = utf8ToBytes('holdfast v1 recovery file');

function print(fields: Fields): string {
	const content = { holdfast: marker, version: sheetVersion, ...fields };
	return `${JSON.stringify({ ...content, checksum: checksumOf(content) }, undefined, '\t')}\n`;
}

function parseFile(
	text: string
): { readonly kind: 'fields'; readonly fields: Fields } | RecoveryFileProblem {
	const trimmed = text.replace(/^\uFEFF/u, '').trim();
	const ours = /^\{\s*"holdfast":\s*"recovery file"/u.test(trimmed);
	if (!ours || trimmed.length > fileCharactersMax) return { kind: 'not-recovery-file' };
	const fields = parseJson(trimmed);
	// The checksum is the last field: where it is missing, so may be anything before it.
	const ended = /"checksum":\s*"\w*"\s*\}$/u.test(trimmed);
	if (fields === undefined) return { kind: ended ? 'damaged' : 'cut-short' };
	const { version, checksum, ...rest } = fields;
	if (typeof version !== 'number') return { kind: 'damaged' };
	if (version > sheetVersion) return { kind: 'newer-version', version };
	const { holdfast, ...others } = rest;
	const whole = checksum === checksumOf({ holdfast, version, ...others });
	return whole ? { kind: 'fields', fields } : { kind: 'damaged' };
}

function parseJson(text: string): Fields | undefined {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === 'object' && value !== null ? { ...value } : undefined;
	} catch {
		return undefined;
	}
}

/** Over the JSON text without white space, so that editors and mail programs may lay it out anew. */
function checksumOf(content: Fields): string {
	const text = JSON.stringify(content);
	return nameOf(sha256(utf8ToBytes(`holdfast v1 recovery file\0${text}`)).subarray(0, 8));
}

function sheetReading(fields: unknown): RecoveryFileReading {
	const sheet = parseSheet(fields);
	return sheet === undefined ? { kind: 'damaged' } : { kind: 'sheet', sheet };
}

interface Lock {
	readonly cost: LockCost;
	readonly salt: Uint8Array;
	readonly nonce: Uint8Array;
	readonly sealed: Uint8Array;
}

function parseLock(value: unknown): Lock | undefined {
	if (typeof value !== 'object' || value === null) return undefined;
	const fields: Fields = { ...value };
	if (fields['kdf'] !== 'argon2id') return undefined;
	const memoryKiB = wholeIn(fields['memoryKiB'], memoryKiBMax);
	const passes = wholeIn(fields['passes'], passesMax);
	const lanes = wholeIn(fields['lanes'], lanesMax);
	const [salt, nonce, sealed] = ['salt', 'nonce', 'sealed'].map((name) => {
		const text = fields[name];
		return typeof text === 'string' ? base64url.decode(text) : undefined;
	});
	if (memoryKiB === undefined || passes === undefined || lanes === undefined) return undefined;
	if (memoryKiB < 8 * lanes || salt?.length !== saltBytes) return undefined;
	if (nonce?.length !== nonceBytes || sealed === undefined) return undefined;
	return { cost: { memoryKiB, passes, lanes }, salt, nonce, sealed };
}

function wholeIn(value: unknown, max: number): number | undefined {
	const fits = typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max;
	return fits ? value : undefined;
}

/** NFKC first, so that another keyboard's way of composing letters gives the same key. */
function keyFrom(passphrase: string, salt: Uint8Array, cost: LockCost): Promise<Uint8Array> {
	return argon2idAsync(utf8ToBytes(passphrase.normalize('NFKC')), salt, {
		t: cost.passes,
		m: cost.memoryKiB,
		p: cost.lanes,
		dkLen: keyBytes
	});
}
