import { describe, expect, it } from 'vitest';
import { CommandRefused, type IceServerChoice } from '../../../src/lib/host/api.ts';
import { iceServersFor, iceServerViews, withIceServer } from '../../../src/lib/host/ice-servers.ts';

const stun = { url: 'stun:stun.example.net' };
const turn = { url: 'turn:turn.example.net', username: 'marina', credential: 'sea' };
const offered = {
	turnOffers: () => [
		{
			urls: ['turn:a.example', 'turns:a.example'],
			username: '1:ab',
			credential: 'x',
			seconds: 60
		}
	]
};
const none = { turnOffers: () => [] };

function choice(change: Partial<IceServerChoice>): IceServerChoice {
	return { url: '', username: '', credential: '', ...change };
}

describe('a link is set up with', () => {
	it('nobody’s server unless somebody named one', () => {
		expect(iceServersFor({}, none)).toEqual([]);
	});

	it('the person’s servers, then those of brokers', () => {
		expect(iceServersFor({ iceServers: [stun, turn] }, offered)).toEqual([
			{ urls: 'stun:stun.example.net' },
			{ urls: 'turn:turn.example.net', username: 'marina', credential: 'sea' },
			{ urls: ['turn:a.example', 'turns:a.example'], username: '1:ab', credential: 'x' }
		]);
	});
});

describe('pages are shown', () => {
	it('addresses and users, never a password', () => {
		const views = iceServerViews({ iceServers: [stun, turn] }, offered);
		expect(views).toEqual([
			{ url: 'stun:stun.example.net', from: 'own' },
			{ url: 'turn:turn.example.net', from: 'own', username: 'marina' },
			{ url: 'turn:a.example', from: 'broker' },
			{ url: 'turns:a.example', from: 'broker' }
		]);
	});
});

describe('a server that the person names', () => {
	it('is kept as browsers take it, and replaces the one of its address', () => {
		const added = withIceServer({}, choice({ url: ' STUN:Stun.Example.net ' }));
		expect(added).toEqual([stun]);
		const both = withIceServer({ iceServers: added }, choice(turn));
		expect(both).toEqual([stun, turn]);
		const changed = withIceServer({ iceServers: both }, choice({ ...turn, credential: 'sky' }));
		expect(changed).toEqual([stun, { ...turn, credential: 'sky' }]);
	});

	it('keeps no user for a server that asks for none', () => {
		expect(withIceServer({}, choice({ ...turn, ...stun }))).toEqual([stun]);
	});

	it.each([
		['no address', choice({ url: 'turn.example.net' })],
		['a TURN server without a user', choice({ ...turn, username: ' ' })],
		['a TURN server without a password', choice({ ...turn, credential: '' })]
	])('is refused as %s, with what to do', (_what, server) => {
		expect(() => withIceServer({}, server)).toThrow(CommandRefused);
	});

	it('is refused when eight are there', () => {
		const iceServers = Array.from({ length: 8 }, (_, i) => ({ url: `stun:${String(i)}.example` }));
		expect(() => withIceServer({ iceServers }, choice(stun))).toThrow(/Eight/);
		expect(withIceServer({ iceServers }, choice({ url: 'stun:3.example' }))).toHaveLength(8);
	});
});
