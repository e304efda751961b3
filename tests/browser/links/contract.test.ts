import { linksContract } from '../../contract/links.ts';
import { join, newBroker } from './peers.ts';

linksContract('WebRTC', () => {
	const network = newBroker();
	const alice = join(network, 1);
	const bob = join(network, 2);
	return Promise.resolve({
		alice: alice.links,
		aliceAddress: alice.address,
		bob: bob.links,
		bobAddress: bob.address,
		end: () => {
			alice.end();
			bob.end();
		}
	});
});
