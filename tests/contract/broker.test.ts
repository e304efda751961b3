import { WebSocket } from 'ws';
import { startServer, type RunningServer } from '../../signaling/server.ts';
import { WebSocketBrokers } from '../../src/lib/adapters/broker/brokers.ts';
import { patience } from '../../src/lib/adapters/broker/timing.ts';
import { peerOf } from '../../src/lib/engine/keys/signature.ts';
import { BrokerNetwork } from '../doubles/broker.ts';
import { VirtualClock } from '../doubles/clock.ts';
import { SeededRandom } from '../doubles/random.ts';
import { brokerContract, type BrokerWorld } from './broker.ts';

brokerContract('the memory broker', () => {
	const seeded = new SeededRandom('memory broker');
	const network = new BrokerNetwork((below) => seeded.below(below));
	return Promise.resolve<BrokerWorld>({
		join: (secretKey) => network.join(peerOf(secretKey), Uint8Array.of(127, 0, 0)),
		stop: () => {
			network.setUp(false);
			return Promise.resolve();
		},
		start: () => {
			network.setUp(true);
			return Promise.resolve();
		},
		passPause: () => Promise.resolve(),
		end: () => Promise.resolve()
	});
});

brokerContract('the broker behind a WebSocket', async () => {
	const random = new SeededRandom('broker client');
	const clock = new VirtualClock();
	const clients: WebSocketBrokers[] = [];
	let server: RunningServer = await startServer({ port: 0 });
	return {
		join: (secretKey) => {
			const client = new WebSocketBrokers({
				identity: { peer: peerOf(secretKey), secretKey },
				clock,
				random,
				open: (url) => new WebSocket(url),
				urls: [server.brokerUrl]
			});
			clients.push(client);
			return client;
		},
		stop: () => server.close(),
		start: async () => {
			server = await startServer({ port: server.port });
		},
		passPause: () => clock.advance(patience.pauseMinMs * 1.5),
		end: async () => {
			for (const client of clients) client.close();
			await server.close();
		}
	};
});
