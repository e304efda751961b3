/**
 * Which head to restore from. Partners' answers are hostile bytes: what counts is what the owner's signature
 * covers. A partner that withholds the newest head can only make itself look behind, as long as one of the
 * others shows it; how many confirmed the choice is told to the person.
 */
import { compareHeads, type Head, type HeadSecrets, openHead, readHead } from '../archive/head.ts';
import { Malformed } from '../failures.ts';
import type { PeerId } from '../identifiers.ts';
import type { Keyring } from '../keys/keyring.ts';

export interface ChosenHead {
	readonly head: Head;
	readonly secrets: HeadSecrets;
	readonly bytes: Uint8Array;
}

export interface HeadChoice {
	/** The highest valid head by (epoch, version, instance); undefined when nobody showed a valid one. */
	readonly newest?: ChosenHead;
	/** Who showed exactly that head. */
	readonly confirmedBy: readonly PeerId[];
	/** Who showed valid heads, but only older ones. */
	readonly behind: readonly PeerId[];
	/** Who answered that it holds none. */
	readonly without: readonly PeerId[];
	/** Who showed bytes that are no head of this owner. */
	readonly garbled: readonly PeerId[];
	/**
	 * Valid heads of the chosen one's epoch and version by other instances: an old device that went on working
	 * beside a restored one. Nothing is lost, but the person should know.
	 */
	readonly conflicts: readonly Head[];
}

/** A partner keeps the last three heads; what it shows beyond them is not looked at. */
const headsPerPartnerMax = 3;

interface ShownHead {
	readonly partner: PeerId;
	readonly head: Head;
	readonly bytes: Uint8Array;
}

/** Weighs what partners showed. Equal answers in any order give the same choice. */
export function chooseHead(
	keyring: Keyring,
	answers: ReadonlyMap<PeerId, readonly Uint8Array[]>
): HeadChoice {
	const shown: ShownHead[] = [];
	const without: PeerId[] = [];
	const garbled: PeerId[] = [];
	for (const [partner, heads] of answers) {
		const valid = validHeads(keyring, partner, heads);
		shown.push(...valid);
		if (heads.length === 0) without.push(partner);
		else if (valid.length < Math.min(heads.length, headsPerPartnerMax)) garbled.push(partner);
	}
	shown.sort((a, b) => compareHeads(b.head, a.head) || compareBytes(b.bytes, a.bytes));
	const newest = firstThatOpens(keyring, shown);
	const confirmed = new Set(
		shown.filter(({ bytes }) => newest && isSame(bytes, newest.bytes)).map(({ partner }) => partner)
	);
	const behind = new Set(shown.map(({ partner }) => partner).filter((id) => !confirmed.has(id)));
	return {
		...(newest === undefined ? {} : { newest }),
		confirmedBy: [...confirmed],
		behind: [...behind],
		without,
		garbled,
		conflicts: newest === undefined ? [] : conflictsWith(newest, shown)
	};
}

function validHeads(
	keyring: Keyring,
	partner: PeerId,
	heads: readonly Uint8Array[]
): readonly ShownHead[] {
	return heads.slice(0, headsPerPartnerMax).flatMap((bytes) => {
		const head = orNothing(() => readHead(bytes));
		return head?.owner === keyring.peer ? [{ partner, head, bytes }] : [];
	});
}

function firstThatOpens(keyring: Keyring, shown: readonly ShownHead[]): ChosenHead | undefined {
	for (const { bytes } of shown) {
		const opened = orNothing(() => openHead(keyring, bytes));
		if (opened !== undefined) return { ...opened, bytes };
	}
	return undefined;
}

function conflictsWith(newest: ChosenHead, shown: readonly ShownHead[]): readonly Head[] {
	const conflicts: ShownHead[] = [];
	for (const other of shown) {
		const { epoch, version } = other.head;
		if (epoch !== newest.head.epoch || version !== newest.head.version) continue;
		const known = [newest, ...conflicts].some(({ bytes }) => isSame(bytes, other.bytes));
		if (!known) conflicts.push(other);
	}
	return conflicts.map(({ head }) => head);
}

function orNothing<T>(read: () => T): T | undefined {
	try {
		return read();
	} catch (cause) {
		if (cause instanceof Malformed) return undefined;
		throw cause;
	}
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
	return compareBytes(a, b) === 0;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
	const shared = Math.min(a.length, b.length);
	for (let i = 0; i < shared; i++) {
		const difference = (a[i] ?? 0) - (b[i] ?? 0);
		if (difference !== 0) return difference;
	}
	return a.length - b.length;
}
