import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameOf, type PeerId } from '../../../src/lib/engine/identifiers.ts';
import {
	lockRecoveryFile,
	readRecoveryFile,
	writeRecoveryFile
} from '../../../src/lib/engine/keys/recovery-file.ts';
import {
	readRecoveryCode,
	recoveryCode,
	recoverySheet
} from '../../../src/lib/engine/keys/sheet.ts';
import { base32, base64url } from '../../../src/lib/engine/keys/text-codes.ts';
import { readWords, wordsOf } from '../../../src/lib/engine/keys/words.ts';
import {
	circleIdOf,
	invitationFragment,
	readInvitation
} from '../../../src/lib/engine/partners/invitation.ts';
import { SeededRandom } from '../../doubles/random.ts';

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const peer = bytes32.map((bytes) => nameOf<PeerId>(bytes));
const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const sheet = fc
	.record({
		secret: bytes32,
		partners: fc.array(peer, { maxLength: 40 }),
		brokers: fc.array(text, { maxLength: 5 }),
		app: text,
		circles: fc.array(text, { maxLength: 5 }),
		madeAt: fc.nat({ max: 2 ** 41 })
	})
	.map(({ secret, ...contents }) => recoverySheet(secret, contents));

describe('what is written is read again', () => {
	it('words', () => {
		fc.assert(
			fc.property(bytes32, (rootSecret) => {
				expect(readWords(wordsOf(rootSecret).join(' '))).toEqual({
					kind: 'root-secret',
					rootSecret
				});
			})
		);
	});

	it('base32 and base64url', () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
				expect(base64url.encode(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
				expect(base64url.decode(base64url.encode(bytes))).toEqual(bytes);
				expect(base32.decode(base32.encode(bytes))).toEqual(bytes);
			})
		);
	});

	it('recovery codes, whatever had to be left out', () => {
		fc.assert(
			fc.property(sheet, (made) => {
				const code = recoveryCode(made);
				expect(code).toMatch(/^HOLDFAST:[A-Z2-7]{1,480}$/u);
				expect(readRecoveryCode(code)).toMatchObject({
					kind: 'code',
					code: { rootSecret: made.rootSecret, identity: made.identity }
				});
			}),
			{ numRuns: 50 }
		);
	});

	it('recovery files, plain and locked', async () => {
		const cheap = { memoryKiB: 8, passes: 1, lanes: 1 };
		const random = new SeededRandom('files');
		await fc.assert(
			fc.asyncProperty(sheet, text, async (made, passphrase) => {
				const read = { kind: 'sheet', sheet: made };
				expect(await readRecoveryFile(writeRecoveryFile(made))).toEqual(read);
				const locked = await lockRecoveryFile(made, passphrase, random, cheap);
				expect(await readRecoveryFile(locked, passphrase)).toEqual(read);
			}),
			{ numRuns: 30 }
		);
	});

	it('invitations', () => {
		const secret = fc.uint8Array({ minLength: 16, maxLength: 32 });
		fc.assert(
			fc.property(secret, text, peer, (bytes, name, inviter) => {
				const circle = { id: circleIdOf(bytes), name, secret: bytes };
				const invitation = { circle, brokers: ['wss://b.example/'], inviter };
				const reading = readInvitation(invitationFragment(invitation));
				expect(reading).toEqual({ kind: 'invitation', invitation });
			})
		);
	});
});

describe('garbage is a value, never an exception', () => {
	it.each([
		['words', readWords],
		['recovery codes', (garbage: string) => readRecoveryCode(`HOLDFAST:${garbage}`)],
		['invitations', (garbage: string) => readInvitation(`#join=${garbage}`)]
	])('%s', (_, read) => {
		fc.assert(
			fc.property(
				fc.oneof(text, fc.base64String(), fc.stringMatching(/^[A-Z2-7]*$/u)),
				(garbage) => {
					expect(['root-secret', 'code', 'invitation']).not.toContain(read(garbage).kind);
				}
			)
		);
	});

	it('recovery files', async () => {
		await fc.assert(
			fc.asyncProperty(fc.json(), async (garbage) => {
				const file = `{"holdfast":"recovery file","version":1,"sheet":${garbage}}`;
				expect(await readRecoveryFile(file)).toEqual({ kind: 'damaged' });
			})
		);
	});
});
