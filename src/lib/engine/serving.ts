/** Which part of a peer answers which request of another (docs/protocol/messages.md). */
import type { Peer } from './peer.ts';
import type { Reply, Request } from './wire/messages.ts';
import type { Session } from './wire/session.ts';

/** Answers one request. A peer that is being restored, or was fenced off, answers none. */
export function answer(peer: Peer, request: Request, session: Session): Promise<Reply> {
	if (!peer.mayWrite) {
		const detail = 'this peer is being restored';
		return Promise.resolve({ type: 'declined', reason: 'busy', detail });
	}
	switch (request.type) {
		case 'get-terms':
		case 'propose':
		case 'get-agreement':
		case 'probe':
		case 'get-introductions':
			return peer.partnering.acceptance.serve(request, session);
		case 'notice':
		case 'get-statements':
			return peer.keeping.serve(request, session);
		case 'put-head':
			peer.keeping.headBrought(request.head, session.peer);
			return peer.hosting.serve(request, session);
		case 'declare-loss':
			return peer.verifying.serveLoss(request, session);
		case 'farewell':
			return peer.parting.serve(request, session);
		case 'room':
			peer.roomAt(session.peer);
			return Promise.resolve({ type: 'acknowledged' });
		default:
			return peer.hosting.serve(request, session);
	}
}
