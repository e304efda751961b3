import type { Address } from '../../src/lib/engine/ports.ts';
import { MemoryNetwork } from '../doubles/links.ts';
import { linksContract } from './links.ts';

linksContract('MemoryNetwork', () => {
	const network = new MemoryNetwork();
	const aliceAddress = 'alice' as Address;
	const bobAddress = 'bob' as Address;
	return Promise.resolve({
		alice: network.attach(aliceAddress),
		aliceAddress,
		bob: network.attach(bobAddress),
		bobAddress,
		end: () => {
			network.detach(aliceAddress);
			network.detach(bobAddress);
		}
	});
});
