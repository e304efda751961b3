import type { PeerClient } from './api.ts';

/** Opens the engine of this origin. */
export function openPeer(): PeerClient {
	throw new Error('not yet');
}
