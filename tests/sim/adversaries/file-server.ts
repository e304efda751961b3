/** An owner that reads all its blocks back every hour: its partners are to be its file server. */
import type { Peer } from '../../../src/lib/engine/peer.ts';
import type { Role } from '../machine.ts';

const hourMs = 60 * 60_000;

export const readsAllDay: Role = {
	name: 'uses partners as a file server',
	opened: (peer, machine) => {
		const again = (): void => {
			if (machine.peer !== peer) return;
			void readEverything(peer);
			machine.world.clock.after(hourMs, again);
		};
		machine.world.clock.after(hourMs, again);
	}
};

/** Refusals and lost links are what it has to expect. */
async function readEverything(peer: Peer): Promise<void> {
	for (const partner of peer.lines.connected()) {
		const line = peer.lines.line(partner);
		for (const { number } of peer.holdings.shelf(partner)) {
			await line?.request({ type: 'get-block', number, purpose: 'restore' }).catch(() => undefined);
		}
	}
}
