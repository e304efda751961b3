/** Peers for the tests of partnerships: keys from a name, and agreements between them that both signed. */
import { nameOf, type AgreementId } from '../../../src/lib/engine/identifiers.ts';
import { deriveKeyring, type Keyring } from '../../../src/lib/engine/keys/keyring.ts';
import type { Agreement, Side } from '../../../src/lib/engine/partners/agreement.ts';
import { friendsPolicy } from '../../../src/lib/engine/partners/circle-policy.ts';
import { circleIdOf } from '../../../src/lib/engine/partners/invitation.ts';
import { unknownWeek } from '../../../src/lib/engine/partners/schedule.ts';
import { budgetsFor } from '../../../src/lib/engine/partners/terms.ts';
import type { Log } from '../../../src/lib/engine/ports.ts';
import { unknownSystem } from '../../../src/lib/engine/system.ts';
import { SeededRandom } from '../../doubles/random.ts';

export const circleSecret = new Uint8Array(32).fill(7);
export const circle = circleIdOf(circleSecret);
export const mebibyte = 1024 * 1024;
export const silent: Log = { write: () => undefined };

export function keyringOf(name: string): Keyring {
	return deriveKeyring(new SeededRandom(name).bytes(32));
}

const two = [keyringOf('anna'), keyringOf('bert')].toSorted((a, b) => (a.peer < b.peer ? -1 : 1));
/** The one with the lower PeerId, and the other. */
export const [low, high] = two as [Keyring, Keyring];

/** Of a peer that has just begun. */
export const side: Side = {
	week: unknownWeek,
	leastKilobytesPerSecond: 16,
	averageKilobytesPerSecond: 0,
	system: unknownSystem
};

export function agreement(change: Partial<Agreement> = {}): Agreement {
	return {
		id: nameOf<AgreementId>(new Uint8Array(16).fill(1)),
		proposer: low.peer,
		acceptor: high.peer,
		spaceBytes: 64 * mebibyte,
		circle,
		...friendsPolicy,
		budgets: budgetsFor(64 * mebibyte),
		sides: { proposer: side, acceptor: side },
		createdAt: 1_000_000,
		expiresAt: 1_600_000,
		...change
	};
}
