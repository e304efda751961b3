/** Peers in one page, each with a real page side and a real worker side, joined by the memory broker. */
import { PeerConnections } from '../../../src/lib/adapters/webrtc/peer-connections.ts';
import { WebRtcLinks } from '../../../src/lib/adapters/webrtc/webrtc-links.ts';
import { SystemClock } from '../../../src/lib/adapters/platform/clock.ts';
import { SystemRandom } from '../../../src/lib/adapters/platform/random.ts';
import type { Address, Broker, Clock } from '../../../src/lib/engine/ports.ts';
import { nameOf, type PeerId } from '../../../src/lib/engine/identifiers.ts';
import { BrokerNetwork } from '../../doubles/broker.ts';

/** One peer's links and what it takes to have them. */
export interface LinkedPeer {
	readonly links: WebRtcLinks;
	readonly address: Address;
	readonly page: PeerConnections;
	end(): void;
}

/** A broker with nobody at it. */
export function newBroker(): BrokerNetwork {
	return new BrokerNetwork(() => 0);
}

/** Connects a peer to a broker. */
export function join(network: BrokerNetwork, name: number, clock?: Clock): LinkedPeer {
	const broker = network.join(nameOf<PeerId>(new Uint8Array(32).fill(name)));
	return withBroker(broker, broker.address, clock);
}

/** A peer that reaches others through a given broker. */
export function withBroker(
	broker: Broker,
	address: Address,
	clock: Clock = new SystemClock()
): LinkedPeer {
	const { port1, port2 } = new MessageChannel();
	const page = new PeerConnections(port1);
	const links = new WebRtcLinks({ port: port2, broker, clock, random: new SystemRandom() });
	return {
		links,
		address,
		page,
		end: () => {
			links.close();
			page.close();
		}
	};
}
