/** A bench peer's page: it owns the connections, as in the app, and does what the bench tells it. */
import { PeerConnections } from '../../src/lib/adapters/webrtc/peer-connections.ts';
import { BareChannel, type BareSignal } from './bare-channel.ts';
import type { Direction, FromPeerWorker, ToPeerWorker } from './conversation.ts';

/** Set-up messages leave the page here: the bench carries them to the other. Bytes go as plain arrays. */
declare function relayOut(to: string, message: RelayedJson): void;

type RelayedJson = { readonly bare: BareSignal } | { readonly link: readonly number[] };

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
let settle: (message: FromPeerWorker) => void = () => undefined;

worker.onmessage = ({ data }: MessageEvent<FromPeerWorker>) => {
	if (data.type === 'relay') relayOut(data.to, { link: [...data.payload] });
	else settle(data);
};

function ask(message: ToPeerWorker, transfer: Transferable[] = []): Promise<number> {
	return new Promise((resolve, reject) => {
		settle = (answer) => {
			if (answer.type === 'done') resolve(answer.seconds);
			else if (answer.type === 'failed') reject(new Error(answer.reason));
		};
		worker.postMessage(message, transfer);
	});
}

let other = '';
const bare = new BareChannel((signal) => {
	relayOut(other, { bare: signal });
});
const signalBare = (signal: BareSignal): void => {
	relayOut(other, { bare: signal });
};

const benchPeer = {
	async start(name: string, otherName: string): Promise<number> {
		other = otherName;
		const { port1, port2 } = new MessageChannel();
		new PeerConnections(port1);
		return ask({ type: 'start', port: port2, name }, [port2]);
	},
	relayIn(from: string, message: RelayedJson): void {
		if ('bare' in message) void bare.accept(message.bare, signalBare);
		else worker.postMessage({ type: 'relayed', from, payload: new Uint8Array(message.link) });
	},
	connectBare: () => bare.offer(signalBare),
	dial: () => ask({ type: 'dial', to: other }),
	carryBare: (messages: number, messageBytes: number) => bare.carry(messages, messageBytes),
	carry: (direction: Direction, blocks: number, blockBytes: number) =>
		ask({ type: 'measure', direction, blocks, blockBytes })
};

export type BenchPeer = typeof benchPeer;

Object.assign(globalThis, { benchPeer });
document.title = 'ready';
