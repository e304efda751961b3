/**
 * How fast the lines to other peers are (patent step 274, claims 24 and 26): measured by a short probe before anything
 * is agreed, and by what real transfers show afterwards. In memory only; what was agreed stands in the agreement.
 */
import type { PeerId } from '../identifiers.ts';
import type { Clock } from '../ports.ts';
import { kilobytesPerSecondMax, probeBytesMax } from '../wire/limits.ts';
import type { Session } from '../wire/session.ts';

/** Below this a partner is not worth its space: 16 kB/s bring a block of 256 KiB in 16 s. */
export const leastKilobytesPerSecond = 16;

/** Two probes of different lengths: their difference is free of the latency, which both have. */
const smallProbeBytes = 16 * 1024;
const largeProbeBytes = probeBytesMax;
/** A line that takes longer for the small probe is measured by it alone. */
const patienceMs = 8_000;
/** Acknowledged blocks that lie further apart were not limited by the line. */
const pauseMs = 2_000;
/** A transfer shorter than this shows nothing. */
const transferMs = 2_000;
/** Peers whose lines are remembered. */
const linesMax = 1_024;
/** What a receiver lets one peer probe in ten minutes: two measurements, and one that was cut off. */
const probesMax = 6;
const probeWindowMs = 10 * 60_000;

interface Transfer {
	readonly beganAt: number;
	readonly lastAt: number;
	readonly bytes: number;
}

interface ProbeWindow {
	readonly beganAt: number;
	readonly probes: number;
}

export class Bandwidth {
	readonly #clock: Pick<Clock, 'now'>;
	readonly #averages = new Map<PeerId, number>();
	readonly #transfers = new Map<PeerId, Transfer>();
	readonly #probed = new Map<PeerId, ProbeWindow>();

	constructor(clock: Pick<Clock, 'now'>) {
		this.#clock = clock;
	}

	/** Quantised kB/s to a peer; 0 when it was never measured. */
	average(peer: PeerId): number {
		return this.#averages.get(peer) ?? 0;
	}

	/** Measures the line to a peer that was not measured yet. Never rejects: a line that breaks off stays unmeasured. */
	async measure(line: Pick<Session, 'peer' | 'request'>): Promise<void> {
		if (this.#averages.has(line.peer)) return;
		const small = await this.#probe(line, smallProbeBytes);
		if (small === undefined) return;
		if (small > patienceMs) {
			this.#note(line.peer, smallProbeBytes / small);
			return;
		}
		const large = await this.#probe(line, largeProbeBytes);
		if (large === undefined) return;
		const bytes = largeProbeBytes - smallProbeBytes;
		this.#note(line.peer, bytes / Math.max(1, large - small));
	}

	/** A peer acknowledged a block of ours: blocks that follow each other closely show what the line gives. */
	transferred(peer: PeerId, bytes: number): void {
		const now = this.#clock.now();
		const running = this.#transfers.get(peer);
		const passed = now - (running?.lastAt ?? -Infinity);
		if (running === undefined || passed < 0 || passed > pauseMs) {
			// The first block's own time is not known.
			remember(this.#transfers, peer, { beganAt: now, lastAt: now, bytes: 0 }, linesMax);
			return;
		}
		const transfer = { ...running, lastAt: now, bytes: running.bytes + bytes };
		const lasted = now - transfer.beganAt;
		if (lasted < transferMs) {
			this.#transfers.set(peer, transfer);
			return;
		}
		this.#transfers.set(peer, { beganAt: now, lastAt: now, bytes: 0 });
		this.#note(peer, transfer.bytes / lasted);
	}

	/** Whether a peer may probe us once more now: probes cost us bandwidth and bring us nothing. */
	admits(peer: PeerId): boolean {
		const now = this.#clock.now();
		const window = this.#probed.get(peer);
		const age = now - (window?.beganAt ?? -Infinity);
		const current = window === undefined || age < 0 || age >= probeWindowMs ? undefined : window;
		if (current !== undefined && current.probes >= probesMax) return false;
		const { beganAt, probes } = current ?? { beganAt: now, probes: 0 };
		remember(this.#probed, peer, { beganAt, probes: probes + 1 }, linesMax);
		return true;
	}

	/** Milliseconds until so many bytes were acknowledged. */
	async #probe(line: Pick<Session, 'request'>, byteCount: number): Promise<number | undefined> {
		const began = this.#clock.now();
		try {
			const reply = await line.request({ type: 'probe', filling: new Uint8Array(byteCount) });
			if (reply.type !== 'acknowledged') return undefined;
		} catch {
			return undefined;
		}
		const took = this.#clock.now() - began;
		return took < 0 ? undefined : took;
	}

	/** Bytes per millisecond are kB/s. Several measurements weigh alike. */
	#note(peer: PeerId, kilobytesPerSecond: number): void {
		const known = this.#averages.get(peer);
		const average = known === undefined ? kilobytesPerSecond : (known + kilobytesPerSecond) / 2;
		remember(this.#averages, peer, quantisedBandwidth(average), linesMax);
	}
}

/** Rounds down to a power of two, at least 1: small differences need no negotiation. */
export function quantisedBandwidth(kilobytesPerSecond: number): number {
	const bounded = Math.min(Math.max(1, kilobytesPerSecond), kilobytesPerSecondMax);
	return 2 ** Math.floor(Math.log2(bounded));
}

/** Keeps the newest `max` entries. */
function remember<Value>(map: Map<PeerId, Value>, peer: PeerId, value: Value, max: number): void {
	map.delete(peer);
	map.set(peer, value);
	for (const oldest of map.keys()) {
		if (map.size <= max) break;
		map.delete(oldest);
	}
}
