/** One page of a star of bare channels: the centre has one to every point. */
import { BareChannel, type BareSignal } from './bare-channel.ts';

/** Set-up messages leave the page here: the bench carries them to the other. */
declare function relayOut(to: string, signal: BareSignal): void;

const channels = new Map<string, BareChannel>();

const starPeer = {
	/** Makes this page's end of a channel to another page. */
	open(other: string): void {
		channels.set(other, new BareChannel(signalTo(other)));
	},
	relayIn(from: string, signal: BareSignal): void {
		void channelTo(from).accept(signal, signalTo(from));
	},
	/** Resolves when the channel stands. */
	connect: (other: string) => channelTo(other).offer(signalTo(other)),
	/** Sends so many messages over every channel at once. Resolves to seconds until all of them have arrived. */
	async carry(messages: number, messageBytes: number): Promise<number> {
		const before = performance.now();
		await Promise.all([...channels.values()].map((c) => c.carry(messages, messageBytes)));
		return (performance.now() - before) / 1000;
	}
};

function signalTo(other: string): (signal: BareSignal) => void {
	return (signal) => {
		relayOut(other, signal);
	};
}

function channelTo(other: string): BareChannel {
	const channel = channels.get(other);
	if (channel === undefined) throw new Error(`no channel to ${other}`);
	return channel;
}

export type StarPeer = typeof starPeer;

Object.assign(globalThis, { starPeer });
document.title = 'ready';
