/**
 * The network between the machines: how long a frame takes, who can reach whom, which links break. Two machines behind
 * strict NATs meet through a relay, where there is one.
 */
import { LinkFailed } from '../../src/lib/engine/failures.ts';
import type { Address, Link, Links, Unsubscribe } from '../../src/lib/engine/ports.ts';
import type { SeededRandom } from '../doubles/random.ts';
import type { SimClock } from './clock.ts';
import type { Life } from './life.ts';
import { LinkPair, type SimLink } from './link.ts';
import type { Trace } from './trace.ts';

/** Where a machine stands in the network. */
export interface Site {
	/** Number of the machine. */
	readonly machine: number;
	readonly region: string;
	/** Behind a NAT that lets nobody in whom it does not know. */
	readonly strictNat: boolean;
	readonly bytesPerMs: number;
}

/** What can be wrong with the network as a whole. */
export interface Weather {
	/** Chance that a new link breaks by itself within a day. */
	readonly breaksADay: number;
	/** Whether the relays for machines behind strict NATs are up. */
	readonly relays: boolean;
	/** Regions that reach nobody outside. */
	readonly cutOff: ReadonlySet<string>;
}

export const fairWeather: Weather = { breaksADay: 0.02, relays: true, cutOff: new Set() };

const dialTimeoutMs = 20_000;
const dayMs = 24 * 60 * 60_000;

export interface NetworkOptions {
	readonly clock: SimClock;
	readonly random: SeededRandom;
	readonly trace: Trace;
	/** Links are set up by messages through a broker: without one nobody can be dialled. */
	readonly canMeet: (to: Address) => boolean;
}

export class SimNetwork {
	readonly #options: NetworkOptions;
	readonly #ends = new Map<Address, SimLinks>();
	readonly #hidden = new Set<Address>();
	readonly #links = new Map<number, Set<LinkPair>>();
	#weather = fairWeather;
	#certificates = 0;
	#delivered = 0;
	#deliveredBytes = 0;

	constructor(options: NetworkOptions) {
		this.#options = options;
	}

	/** Frames that reached a process. */
	get delivered(): number {
		return this.#delivered;
	}

	get deliveredBytes(): number {
		return this.#deliveredBytes;
	}

	get weather(): Weather {
		return this.#weather;
	}

	/** Links that the new weather does not allow break. */
	set weather(weather: Weather) {
		this.#weather = weather;
		const pairs = new Set([...this.#links.values()].flatMap((links) => [...links]));
		const sites = new Map([...this.#ends.values()].map(({ site }) => [site.machine, site]));
		for (const pair of pairs) {
			const from = sites.get(pair.dialer.machine);
			const to = sites.get(pair.answerer.machine);
			if (from === undefined || to === undefined || !this.#reaches(from, to)) pair.break();
		}
	}

	/** The `Links` port of a process at an address. */
	attach(address: Address, site: Site, life: Life): SimLinks {
		const links = new SimLinks(address, site, life, this);
		this.#ends.set(address, links);
		return links;
	}

	/** Nobody is at this address any more. */
	detach(address: Address): void {
		const links = this.#ends.get(address);
		if (links === undefined) return;
		this.#ends.delete(address);
		this.#hidden.delete(address);
		this.silence(links.site.machine);
	}

	/** Nobody answers at this address until it is shown again. */
	hide(address: Address): void {
		this.#hidden.add(address);
	}

	show(address: Address): void {
		this.#hidden.delete(address);
	}

	/** A machine is gone without a word, or asleep. */
	silence(machine: number): void {
		for (const pair of [...(this.#links.get(machine) ?? [])]) pair.fallSilent(machine);
	}

	/** Used by SimLinks, like all below. */
	dial(from: SimLinks, to: Address, signal?: AbortSignal): Promise<Link> {
		const { clock, canMeet, random } = this.#options;
		return new Promise((resolve, reject) => {
			const target = this.#ends.get(to);
			const isThere = (): boolean => !this.#hidden.has(to) && this.#ends.get(to) === target;
			const possible =
				target !== undefined && isThere() && canMeet(to) && this.#reaches(from.site, target.site);
			const giveUp = (): void => {
				clock.cancel(timer);
				reject(new LinkFailed('aborted'));
			};
			const setUpMs = possible ? 150 + random.below(850) : dialTimeoutMs;
			const timer = clock.after(setUpMs, () => {
				from.life.hear(() => {
					signal?.removeEventListener('abort', giveUp);
					// Much may have happened since.
					if (!possible || !isThere()) {
						reject(new LinkFailed(`nobody answers at ${to}`));
						return;
					}
					resolve(this.#connect(from, target));
				});
			});
			signal?.addEventListener('abort', giveUp, { once: true });
		});
	}

	#connect(from: SimLinks, to: SimLinks): Link {
		const { clock, random, trace } = this.#options;
		const [ours, theirs] = [this.#certificate(), this.#certificate()];
		const relayed = from.site.strictNat && to.site.strictNat;
		const pair: LinkPair = new LinkPair(
			endOf(from, to.address, ours, theirs),
			endOf(to, from.address, theirs, ours),
			{
				clock,
				latencyMs: (from.site.region === to.site.region ? 10 : 60) + (relayed ? 40 : 0),
				bytesPerMs: Math.min(from.site.bytesPerMs, to.site.bytesPerMs),
				onFrame: (sender, receiver, frame) => {
					this.#delivered++;
					this.#deliveredBytes += frame.length;
					trace.note('frame', clock.now, sender, receiver, frame);
				},
				onEnd: () => {
					this.#links.get(from.site.machine)?.delete(pair);
					this.#links.get(to.site.machine)?.delete(pair);
				}
			}
		);
		this.#linksOf(from.site.machine).add(pair);
		this.#linksOf(to.site.machine).add(pair);
		if (random.below(1e6) < 1e6 * this.#weather.breaksADay) {
			clock.after(random.below(dayMs), () => pair.break());
		}
		to.offer(pair.answerer);
		return pair.dialer;
	}

	#linksOf(machine: number): Set<LinkPair> {
		let links = this.#links.get(machine);
		if (links === undefined) this.#links.set(machine, (links = new Set()));
		return links;
	}

	#reaches(from: Site, to: Site): boolean {
		const { cutOff, relays } = this.#weather;
		if (from.strictNat && to.strictNat && !relays) return false;
		return from.region === to.region || (!cutOff.has(from.region) && !cutOff.has(to.region));
	}

	/** 32 bytes that nobody else has. */
	#certificate(): Uint8Array {
		const bytes = new Uint8Array(32).fill(0xce);
		new DataView(bytes.buffer).setUint32(0, ++this.#certificates);
		return bytes;
	}
}

function endOf(
	{ life, site }: SimLinks,
	remote: Address,
	localFingerprint: Uint8Array,
	remoteFingerprint: Uint8Array
): ConstructorParameters<typeof SimLink>[0] {
	return { life, machine: site.machine, remote, localFingerprint, remoteFingerprint };
}

/** One process's `Links` port. */
export class SimLinks implements Links {
	readonly address: Address;
	readonly site: Site;
	readonly life: Life;
	readonly #network: SimNetwork;
	readonly #listeners = new Set<(link: Link) => void>();

	constructor(address: Address, site: Site, life: Life, network: SimNetwork) {
		this.address = address;
		this.site = site;
		this.life = life;
		this.#network = network;
	}

	async dial(to: Address, signal?: AbortSignal): Promise<Link> {
		await this.life.call(() => undefined);
		if (signal?.aborted === true) throw new LinkFailed('aborted');
		return this.#network.dial(this, to, signal);
	}

	onLink(listener: (link: Link) => void): Unsubscribe {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	/** Used by the network. */
	offer(link: SimLink): void {
		this.life.hear(() => {
			if (this.#listeners.size === 0) link.close();
			for (const listener of [...this.#listeners]) listener(link);
		});
	}
}
