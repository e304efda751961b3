import { expect, it } from 'vitest';
import type { ToPage } from '../../../src/lib/adapters/webrtc/thread-messages.ts';
import { WebRtcLinks } from '../../../src/lib/adapters/webrtc/webrtc-links.ts';
import type { Address } from '../../../src/lib/engine/ports.ts';
import { peerOf } from '../../../src/lib/engine/keys/signature.ts';
import { BrokerNetwork } from '../../doubles/broker.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import { SeededRandom } from '../../doubles/random.ts';

it('asks for STUN and TURN servers anew for each link', async () => {
	const { port1, port2 } = new MessageChannel();
	let iceServers: readonly RTCIceServer[] = [];
	const links = new WebRtcLinks({
		port: port1,
		broker: new BrokerNetwork(() => 0).join(peerOf(new Uint8Array(32).fill(1))),
		clock: new VirtualClock(),
		random: new SeededRandom('links'),
		iceServers: () => iceServers
	});
	const opened = async (): Promise<readonly RTCIceServer[]> => {
		const asked = new Promise<ToPage & { readonly type: 'open' }>((resolve) => {
			port2.onmessage = ({ data }: MessageEvent<ToPage>) => {
				if (data.type === 'open') resolve(data);
			};
		});
		const abort = new AbortController();
		const dialled = links.dial('somebody' as Address, abort.signal).catch(() => undefined);
		const message = await asked;
		abort.abort();
		await dialled;
		return message.iceServers;
	};
	expect(await opened()).toEqual([]);
	iceServers = [{ urls: 'stun:stun.example.net' }];
	expect(await opened()).toEqual(iceServers);
	links.close();
});
