/**
 * The owner's own head: its one small root of everything (design: a snapshot exists once q partners acknowledged
 * the head that names it). Every head is on disk before the first partner sees it, so that no version is ever
 * used for two different heads; a crash in between is finished after the next start.
 */
import { equalBytes } from '@noble/ciphers/utils.js';
import {
	compareHeads,
	encodeHead,
	openHead,
	readHead,
	type Head,
	type HeadSecrets,
	type PartnerEntry
} from '../archive/head.ts';
import { encodeSecrets } from '../archive/head-secrets.ts';
import { geometryFor, quorum } from '../coding/profile.ts';
import { Listeners } from '../doorbell.ts';
import type { InstanceId, PeerId } from '../identifiers.ts';
import type { Keyring } from '../keys/keyring.ts';
import type { Clock, Log, Random, Records, Unsubscribe } from '../ports.ts';
import { Turns } from '../turns.ts';
import type { Lines } from './lines.ts';

export interface OwnHeadOptions {
	readonly keyring: Keyring;
	readonly instance: InstanceId;
	readonly epoch: () => number;
	readonly clock: Clock;
	readonly random: Random;
	readonly records: Records;
	readonly lines: Pick<Lines, 'reach'>;
	readonly log: Log;
	/** Everybody with an active agreement, with the shelf states that both signed. */
	readonly partners: () => Promise<readonly PartnerEntry[]>;
	/** A newer head of ours was shown. */
	readonly onFenced: (head: Uint8Array) => void;
}

export interface OpenedHead {
	readonly head: Head;
	readonly secrets: HeadSecrets;
	readonly bytes: Uint8Array;
}

const emptySecrets: HeadSecrets = {
	snapshots: [],
	index: [],
	brokers: [],
	circles: [],
	geometry: { m: 1, k: 0 }
};
const retryMs = 2_000;

export class OwnHead {
	readonly #options: OwnHeadOptions;
	#newest: OpenedHead | undefined;
	/** Written, and maybe seen by some partners, but not acknowledged by q of them. */
	#pending: OpenedHead | undefined;
	#acknowledgedBy = new Set<PeerId>();
	/** Ends the deliveries of the last head that are still under way. */
	#spreading: AbortController | undefined;
	/** Versions up to this were given to heads of earlier attempts to take over. */
	#versionFloor = 0;
	readonly #turns = new Turns<'commit'>();
	readonly #changed = new Listeners();

	private constructor(options: OwnHeadOptions) {
		this.#options = options;
	}

	static async open(options: OwnHeadOptions): Promise<OwnHead> {
		const own = new OwnHead(options);
		const read = async (key: string): Promise<OpenedHead | undefined> => {
			const record = await options.records.get('heads', key);
			if (record === undefined) return undefined;
			return { ...openHead(options.keyring, record.head), bytes: record.head };
		};
		own.#newest = await read('newest');
		own.#pending = await read('pending');
		const acknowledged = await options.records.get('heads', 'newest');
		own.#acknowledgedBy = new Set(acknowledged?.acknowledgedBy ?? []);
		return own;
	}

	/** The last head that q partners acknowledged. */
	get committed(): OpenedHead | undefined {
		return this.#newest;
	}

	/** What the committed head keeps secret, or nothing yet. */
	get secrets(): HeadSecrets {
		return this.#newest?.secrets ?? emptySecrets;
	}

	/** A head of an earlier run that q partners have not acknowledged. */
	get unfinished(): boolean {
		return this.#pending !== undefined;
	}

	get acknowledgedBy(): ReadonlySet<PeerId> {
		return this.#acknowledgedBy;
	}

	onChange(listener: () => void): Unsubscribe {
		return this.#changed.add(listener);
	}

	/** Whether a head that a partner shows is newer than any that this instance wrote. */
	isNewer(head: Pick<Head, 'epoch' | 'version' | 'instance'>): boolean {
		const own = this.#pending ?? this.#newest;
		return own === undefined || compareHeads(head, own.head) > 0;
	}

	/** Whether this proves that a newer instance of ours has written: a partner cannot stop us with a bare word. */
	isFencedBy(shown: Uint8Array | undefined): shown is Uint8Array {
		if (shown === undefined) return false;
		try {
			const head = readHead(shown);
			return head.owner === this.#options.keyring.peer && this.isNewer(head);
		} catch (error) {
			this.#options.log.write('warning', `a partner shows a bad head: ${String(error)}`);
			return false;
		}
	}

	/** Whether a new head with these secrets would say what the committed one says: then nobody needs it. */
	async wouldRepeat(secrets: HeadSecrets): Promise<boolean> {
		const newest = this.#newest;
		if (newest === undefined || this.#pending !== undefined) return false;
		if (!equalBytes(encodeSecrets(secrets), encodeSecrets(newest.secrets))) return false;
		return samePartners(newest.head.partners, await this.#options.partners());
	}

	/** Takes the head that a restore found as the starting point of a take-over. */
	async adopt(bytes: Uint8Array): Promise<void> {
		// What an attempt before it left pending is not built upon, but its version may have been seen.
		this.#versionFloor = Math.max(this.#versionFloor, this.#pending?.head.version ?? 0);
		this.#pending = undefined;
		this.#newest = { ...openHead(this.#options.keyring, bytes), bytes };
		await this.#write('newest', this.#newest, []);
	}

	/**
	 * Writes a new head and resolves once enough partners acknowledged it: q of them, or `needed`. Commits are
	 * made one after the other; `change` sees what the one before left. A pending head of an earlier run is built
	 * upon, since a partner may already show it.
	 */
	commit(
		change: (secrets: HeadSecrets) => HeadSecrets,
		signal: AbortSignal,
		needed?: number
	): Promise<void> {
		return this.#turns.take('commit', async () => {
			signal.throwIfAborted();
			await this.#spread(await this.#draft(change), signal, needed);
		});
	}

	async #draft(change: (secrets: HeadSecrets) => HeadSecrets): Promise<OpenedHead> {
		const { keyring, random, instance, epoch, clock, partners } = this.#options;
		const before = this.#pending ?? this.#newest;
		const head: Head = {
			owner: keyring.peer,
			epoch: epoch(),
			version: Math.max(before?.head.version ?? 0, this.#versionFloor) + 1,
			instance,
			createdAt: clock.now(),
			partners: await partners()
		};
		const secrets = change(before?.secrets ?? emptySecrets);
		const bytes = encodeHead(keyring, random, head, secrets);
		const pending = { head, secrets, bytes };
		await this.#write('pending', pending, []);
		this.#pending = pending;
		return pending;
	}

	async #spread(
		pending: OpenedHead,
		signal: AbortSignal,
		needed: number | undefined
	): Promise<void> {
		const peers = pending.head.partners.map(({ peer }) => peer);
		const enough = needed ?? (peers.length === 0 ? 0 : quorum(geometryFor(peers.length)));
		const acknowledged = new Set<PeerId>();
		// Whoever has not acknowledged the head before gets this one instead.
		this.#spreading?.abort('a newer head');
		const stop = new AbortController();
		this.#spreading = stop;
		const abort = (): void => {
			stop.abort(signal.reason);
		};
		signal.addEventListener('abort', abort, { once: true });
		try {
			await new Promise<void>((resolve, reject) => {
				const settle = (): void => {
					if (acknowledged.size >= enough) resolve();
				};
				stop.signal.addEventListener('abort', () => {
					reject(new Error('the head was not acknowledged by enough partners'));
				});
				for (const peer of peers) {
					void this.#deliver(peer, pending, stop.signal).then((done) => {
						if (done) acknowledged.add(peer);
						if (done && this.#newest === pending) this.#confirmed(peer);
						settle();
					});
				}
				settle();
			});
			await this.#commit(pending, acknowledged);
		} catch (error) {
			stop.abort('not committed');
			throw error;
		}
	}

	#confirmed(peer: PeerId): void {
		this.#acknowledgedBy.add(peer);
		this.#changed.tell();
	}

	async #commit(pending: OpenedHead, acknowledged: ReadonlySet<PeerId>): Promise<void> {
		await this.#write('newest', pending, [...acknowledged], true);
		this.#newest = pending;
		this.#pending = undefined;
		this.#acknowledgedBy = new Set(acknowledged);
		this.#changed.tell();
	}

	/** Ends the deliveries that are still under way. */
	close(): void {
		this.#spreading?.abort('closed');
	}

	/** Brings the committed head to a partner that lacks it. */
	async bring(peer: PeerId, signal: AbortSignal): Promise<void> {
		const newest = this.#newest;
		if (newest === undefined) return;
		if (await this.#deliver(peer, newest, signal)) {
			this.#acknowledgedBy.add(peer);
			this.#changed.tell();
		}
	}

	async #deliver(peer: PeerId, own: OpenedHead, signal: AbortSignal): Promise<boolean> {
		const { lines, clock, log, onFenced } = this.#options;
		while (!signal.aborted) {
			try {
				const line = await lines.reach(peer, signal);
				const reply = await line.request({ type: 'put-head', head: own.bytes });
				if (reply.type === 'acknowledged') return true;
				if (reply.reason === 'fenced') {
					if (this.isFencedBy(reply.head)) onFenced(reply.head);
					return false;
				}
				log.write('warning', `${peer.slice(0, 8)} does not take the head: ${reply.detail}`);
				if (reply.reason !== 'busy') return false;
			} catch (error) {
				log.write('info', `head to ${peer.slice(0, 8)}: ${String(error)}`);
			}
			await clock.sleep(retryMs, signal).catch(() => undefined);
		}
		return false;
	}

	#write(
		key: 'newest' | 'pending',
		own: OpenedHead,
		acknowledgedBy: readonly PeerId[],
		endsPending = false
	): Promise<void> {
		const put = { head: own.bytes, acknowledgedBy, committedAt: this.#options.clock.now() };
		return this.#options.records.write([
			{ table: 'heads', key, put },
			...(endsPending ? [{ table: 'heads', key: 'pending', remove: true } as const] : [])
		]);
	}
}

function samePartners(a: readonly PartnerEntry[], b: readonly PartnerEntry[]): boolean {
	return (
		a.length === b.length &&
		a.every((entry, i) => {
			const other = b[i];
			return (
				entry.peer === other?.peer &&
				entry.agreement === other.agreement &&
				entry.shelf?.state.version === other.shelf?.state.version
			);
		})
	);
}
