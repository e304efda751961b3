/** A partner that never shows the newest head it holds: it would have an owner go back to an older backup. */
import type { Role } from '../machine.ts';

export const withholdsHeads: Role = {
	name: 'withholds the newest head',
	opened: (peer) => {
		const serve = peer.serve.bind(peer);
		peer.serve = async (request, session) => {
			const reply = await serve(request, session);
			return reply.type === 'heads' ? { ...reply, heads: reply.heads.slice(1) } : reply;
		};
	}
};
