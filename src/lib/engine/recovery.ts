/**
 * Getting files back (patent figure 7 from the person's side): finding partners from bare words, choosing the
 * head, browsing, restoring, and at last taking over. Until then this instance only reads.
 */
import { equalBytes } from '@noble/ciphers/utils.js';
import { decodeContents } from './coding/contents.ts';
import { geometryFor, quorum } from './coding/profile.ts';
import { Doorbell, Listeners } from './doorbell.ts';
import type { PeerId, SnapshotId } from './identifiers.ts';
import { tokensToSeek } from './partners/rendezvous.ts';
import type { Peer } from './peer.ts';
import type { RestoreTarget, Unsubscribe } from './ports.ts';
import type { ChosenHead } from './restore/head-choice.ts';
import { HeadSearch } from './restore/head-search.ts';
import type { SegmentEntry } from './archive/segment.ts';
import type { RestoreProgress } from './restore/progress.ts';
import { restore, type RestoreReport } from './restore/restore.ts';
import { sourceFromPartners, sourceFromRecords, type RestoreSource } from './restore/source.ts';

export type RecoveryState =
	| { readonly stage: 'none' }
	| {
			readonly stage: 'searching';
			readonly partnersFound: number;
			readonly partnersKnown?: number;
			/** Nobody was found for a while. */
			readonly stuck: boolean;
	  }
	| {
			readonly stage: 'browsing';
			readonly confirmedBy: number;
			readonly partnersKnown: number;
			/** Partners that any file needs. */
			readonly needed: number;
	  }
	| { readonly stage: 'running'; readonly progress: RestoreProgress; readonly needed: number }
	| {
			readonly stage: 'done';
			readonly report: RestoreReport;
			readonly startedAt: number;
			readonly endedAt: number;
	  };

/** Between two looks at the broker for partners. */
const seekEveryMs = 5_000;
/** After the first head: how long others are waited for that may show a newer one. */
const settleMs = 3_000;
const stuckMs = 30_000;
/** How long a restore waits for partners before it takes what there is. */
const arrivalMs = 20_000;
const noProgress: RestoreProgress = {
	filesDone: 0,
	filesTotal: 0,
	bytesDone: 0,
	bytesTotal: 0,
	affected: 0
};

export class Recovery {
	readonly #peer: Peer;
	readonly #heads: HeadSearch;
	readonly #changed = new Listeners();
	readonly #bell = new Doorbell();
	readonly #stop = new AbortController();
	readonly #dialled = new Set<PeerId>();
	#state: RecoveryState = { stage: 'none' };
	#head: ChosenHead | undefined;
	#source: RestoreSource | undefined;
	#stripes: SegmentEntry[] = [];
	#running: AbortController | undefined;

	constructor(peer: Peer) {
		this.#peer = peer;
		this.#heads = new HeadSearch(peer.keyring, peer.lines);
	}

	get state(): RecoveryState {
		return this.#state;
	}

	/** The head that is restored from. */
	get head(): ChosenHead | undefined {
		return this.#head;
	}

	/** What the index segments tell of every stripe that no later one lists as dropped, for taking over. */
	get stripes(): readonly SegmentEntry[] {
		const index = this.#source?.index;
		return this.#stripes.filter(
			({ contents }) => index?.stripe(decodeContents(contents).stripe) !== undefined
		);
	}

	get source(): RestoreSource | undefined {
		return this.#source;
	}

	/** Partners that show exactly the chosen head. */
	get confirmedBy(): readonly PeerId[] {
		return this.#heads.choice.confirmedBy;
	}

	onChange(listener: () => void): Unsubscribe {
		return this.#changed.add(listener);
	}

	stop(): void {
		this.#running?.abort('stopped');
		this.#stop.abort('stopped');
		this.#heads.stop();
		this.#source?.close();
	}

	/** On the machine that made the backup: everything is known. */
	openOwn(): void {
		const { tools, ports, lines, index, holdings, ownHead, agreements } = this.#peer;
		if (this.#source !== undefined) return;
		const { snapshots } = ownHead.secrets;
		const partners = agreements.active().map(({ partner }) => partner);
		const usual = geometryFor(Math.max(1, partners.length));
		this.#source = sourceFromRecords({
			tools,
			clock: ports.clock,
			holders: lines,
			index,
			places: holdings,
			snapshots,
			partners,
			usual
		});
		const confirmedBy = ownHead.acknowledgedBy.size;
		this.#show({ stage: 'browsing', confirmedBy, partnersKnown: partners.length, needed: usual.m });
	}

	/** On an empty browser: finds partners, then the newest head, and keeps looking for better. */
	search(): void {
		this.#show({ stage: 'searching', partnersFound: 0, stuck: false });
		this.#heads.start();
		this.#heads.onAnswer(() => {
			this.#bell.ring();
		});
		void this.#untilStopped(this.#seekPartners());
		void this.#untilStopped(this.#followHeads());
	}

	/** What a stop breaks off in the middle is no failure. */
	async #untilStopped(work: Promise<void>): Promise<void> {
		try {
			await work;
		} catch (error) {
			if (!this.#stop.signal.aborted) throw error;
		}
	}

	/** Starts a restore. Resolves when it is done; rejects when it is cancelled or the target fails. */
	async restore(
		snapshot: SnapshotId,
		selection: readonly (readonly string[])[],
		target: RestoreTarget
	): Promise<RestoreReport> {
		const source = this.#source;
		if (source === undefined) throw new Error('nothing to restore from');
		const { clock } = this.#peer.ports;
		const startedAt = clock.now();
		const needed = this.#needed();
		const before = this.#state;
		this.#running = new AbortController();
		this.#peer.restoring = true;
		this.#show({ stage: 'running', progress: noProgress, needed });
		try {
			await this.#partnersToCome(needed, this.#running.signal);
			const report = await restore({
				source,
				snapshot,
				selection,
				target,
				signal: this.#running.signal,
				progress: (progress) => {
					this.#show({ stage: 'running', progress, needed });
				}
			});
			this.#show({ stage: 'done', report, startedAt, endedAt: clock.now() });
			await this.#peer.events.add('restored', { files: report.files });
			return report;
		} catch (error) {
			this.#show(before);
			throw error;
		} finally {
			this.#peer.restoring = false;
			this.#running = undefined;
		}
	}

	/**
	 * Right after a start the partners are still being dialled: waits for as many as any file needs, but not for
	 * ever, since with fewer some files may still be had.
	 */
	async #partnersToCome(needed: number, signal: AbortSignal): Promise<void> {
		const { lines, ports } = this.#peer;
		const bell = new Doorbell();
		const unsubscribe = lines.onChange(() => {
			bell.ring();
		});
		const until = ports.clock.now() + arrivalMs;
		try {
			let left = arrivalMs;
			while (left > 0 && lines.connected().length < needed) {
				await bell.wait(ports.clock, left, signal);
				signal.throwIfAborted();
				left = until - ports.clock.now();
			}
		} finally {
			unsubscribe();
		}
	}

	cancel(): void {
		this.#running?.abort('cancelled');
	}

	/** Leaves 'done' and looks at the snapshots again. */
	close(): void {
		if (this.#state.stage === 'done') this.#browse();
	}

	#needed(): number {
		const partners = this.#peer.agreements.active().length;
		return this.#head?.secrets.geometry.m ?? geometryFor(Math.max(1, partners)).m;
	}

	#show(state: RecoveryState): void {
		this.#state = state;
		this.#changed.tell();
	}

	/** Asks the brokers for whoever waits under this owner's tokens, and dials them. */
	async #seekPartners(): Promise<void> {
		const { clock, broker } = this.#peer.ports;
		const startedAt = clock.now();
		const bell = new Doorbell();
		const unsubscribe = broker.onStatus(() => {
			bell.ring();
		});
		while (!this.#stop.signal.aborted) {
			for (const tokens of tokensToSeek(this.#peer.keyring, clock.now())) {
				const found = await broker.rendezvous(tokens);
				await Promise.all(found.map(({ peer, address }) => this.#dial(peer, address)));
			}
			this.#lookStuck(clock.now() - startedAt);
			await bell.wait(clock, seekEveryMs, this.#stop.signal);
		}
		unsubscribe();
	}

	async #dial(peer: PeerId, address: Parameters<Peer['lines']['dial']>[0]): Promise<void> {
		const { lines } = this.#peer;
		if (lines.line(peer) !== undefined || this.#dialled.has(peer)) return;
		this.#dialled.add(peer);
		await lines.dial(address, peer);
		this.#dialled.delete(peer);
	}

	#lookStuck(passedMs: number): void {
		if (this.#state.stage !== 'searching') return;
		const partnersFound = this.#peer.lines.connected().length;
		const stuck = partnersFound === 0 && passedMs > stuckMs;
		this.#show({ ...this.#state, partnersFound, stuck });
	}

	/** Opens the newest head, and opens anew when a partner shows a newer one. */
	async #followHeads(): Promise<void> {
		const { clock } = this.#peer.ports;
		while (!this.#stop.signal.aborted) {
			await this.#bell.wait(clock, seekEveryMs, this.#stop.signal);
			const first = this.#heads.choice.newest;
			if (first === undefined || this.#isOpen(first)) continue;
			this.#peer.lines.want(first.head.partners.map(({ peer }) => peer));
			await this.#everybody(first);
			const newest = this.#heads.choice.newest;
			if (newest !== undefined && this.#running === undefined) await this.#open(newest);
		}
	}

	/** Versions begin anew with each epoch, and two instances may give one: the bytes tell heads apart. */
	#isOpen({ bytes }: ChosenHead): boolean {
		const open = this.#head?.bytes;
		return open !== undefined && equalBytes(bytes, open);
	}

	/** Waits until all partners of the head answered, or no further one did for a while. */
	async #everybody({ head }: ChosenHead): Promise<void> {
		const { clock } = this.#peer.ports;
		const heard = (): number => {
			const { confirmedBy, behind, without, garbled } = this.#heads.choice;
			return confirmedBy.length + behind.length + without.length + garbled.length;
		};
		for (let before = -1; heard() > before && heard() < head.partners.length;) {
			before = heard();
			this.#show({
				stage: 'searching',
				partnersFound: before,
				partnersKnown: head.partners.length,
				stuck: false
			});
			await this.#bell.wait(clock, settleMs, this.#stop.signal);
		}
	}

	async #open(head: ChosenHead): Promise<void> {
		const { tools, ports, lines } = this.#peer;
		this.#head = head;
		this.#source?.close();
		this.#stripes = [];
		this.#source = await sourceFromPartners({
			tools,
			clock: ports.clock,
			holders: lines,
			head,
			signal: this.#stop.signal,
			onStripe: (stripe) => this.#stripes.push(stripe)
		});
		this.#browse();
	}

	#browse(): void {
		const head = this.#head;
		if (head === undefined) {
			const partnersKnown = this.#peer.agreements.active().length;
			const needed = geometryFor(Math.max(1, partnersKnown)).m;
			const confirmedBy = this.#peer.ownHead.acknowledgedBy.size;
			this.#show({ stage: 'browsing', confirmedBy, partnersKnown, needed });
			return;
		}
		this.#show({
			stage: 'browsing',
			confirmedBy: this.confirmedBy.length,
			partnersKnown: head.head.partners.length,
			needed: this.#needed()
		});
	}
}

/** How many partners must acknowledge the head of a take-over: n - q + 1 (design section 7). */
export function takeOverNeeds(partners: number): number {
	return partners === 0 ? 0 : partners - quorum(geometryFor(partners)) + 1;
}
