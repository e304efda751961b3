/**
 * The heads that a peer holds for its partners: the last three of each owner, replaced only by a higher one
 * (patent claim 28; docs/protocol/hosting.md). The newest also fences: an instance that it does not name may
 * neither write nor drop.
 */
import { equalBytes } from '@noble/ciphers/utils.js';
import { compareHeads, readHead, type Head } from '../archive/head.ts';
import { Malformed } from '../failures.ts';
import type { InstanceId, PeerId } from '../identifiers.ts';
import type { RecordChange, Records } from '../ports.ts';

/** How many heads of one owner are kept. */
export const heldHeadsMax = 3;

export interface HeldHead {
	readonly head: Head;
	readonly bytes: Uint8Array;
}

export type HeadVerdict =
	| { readonly kind: 'stored' }
	/** A higher head stands here. */
	| { readonly kind: 'fenced'; readonly newest: HeldHead };

export class HeldHeads {
	readonly #records: Records;
	/** The last three of each owner, newest first. */
	readonly #heads = new Map<PeerId, readonly HeldHead[]>();

	private constructor(records: Records) {
		this.#records = records;
	}

	/** Reads what was held before. A head that rotted on this disk is passed over: its owner brings another. */
	static async open(records: Records): Promise<HeldHeads> {
		const held = new HeldHeads(records);
		for (const [, { head: bytes }] of await records.scan('heldHeads')) {
			const head = intact(bytes);
			if (head === undefined) continue;
			held.#heads.set(head.owner, newestFirst([...held.of(head.owner), { head, bytes }]));
		}
		return held;
	}

	/** Newest first. */
	of(owner: PeerId): readonly HeldHead[] {
		return this.#heads.get(owner) ?? [];
	}

	newest(owner: PeerId): HeldHead | undefined {
		return this.of(owner)[0];
	}

	/** Whether this instance of an owner may write and drop: no newer head names another one. */
	mayWrite(owner: PeerId, instance: InstanceId): boolean {
		const newest = this.newest(owner);
		return newest === undefined || newest.head.instance === instance;
	}

	/** Durable when it resolves. The caller has checked who sent it, and puts one after the other. */
	async put(head: Head, bytes: Uint8Array): Promise<HeadVerdict> {
		const before = this.of(head.owner);
		const newest = before[0];
		if (newest !== undefined) {
			const order = compareHeads(head, newest.head);
			if (order < 0 || (order === 0 && !equalBytes(bytes, newest.bytes))) {
				return { kind: 'fenced', newest };
			}
			if (order === 0) return { kind: 'stored' };
		}
		const after = newestFirst([{ head, bytes }, ...before]);
		await this.#records.write([
			{ table: 'heldHeads', key: keyOf(head), put: { head: bytes } },
			...after.slice(heldHeadsMax).map(({ head: old }): RecordChange => ({
				table: 'heldHeads',
				key: keyOf(old),
				remove: true
			}))
		]);
		this.#heads.set(head.owner, after.slice(0, heldHeadsMax));
		return { kind: 'stored' };
	}
}

function newestFirst(heads: readonly HeldHead[]): readonly HeldHead[] {
	return heads.toSorted((a, b) => compareHeads(b.head, a.head));
}

function intact(bytes: Uint8Array): Head | undefined {
	try {
		return readHead(bytes);
	} catch (error) {
		if (error instanceof Malformed) return undefined;
		throw error;
	}
}

function keyOf({ owner, epoch, version, instance }: Head): string {
	const padded = (value: number): string => String(value).padStart(16, '0');
	return `${owner}/${padded(epoch)}/${padded(version)}/${instance}`;
}
