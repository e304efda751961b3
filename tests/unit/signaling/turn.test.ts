import { afterEach, describe, expect, it } from 'vitest';
import { turnCredential, turnOffer } from '../../../signaling/turn.ts';
import type { PeerId } from '../../../src/lib/engine/identifiers.ts';
import { peer, proof, Relay, sent } from './relay.ts';
import { Cleanup, serverInTest, Visitor } from './server-in-test.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const turn = { urls: ['turn:turn.example.org:3478'], secret: 'north wind' };
const hour = 60 * 60 * 1000;

describe('credentials for a TURN server', () => {
	it('are HMAC-SHA1 in base64 (RFC 2202, test case 2)', () => {
		expect(turnCredential('Jefe', 'what do ya want for nothing?')).toBe(
			Buffer.from('effcdf6ae5eb2fa2d27416d5f184df9c259a7c79', 'hex').toString('base64')
		);
	});

	it('name their end and the peer, as coturn reads them', () => {
		const alice = 'ab'.repeat(32) as PeerId;
		const twelveHoursBefore = (1_767_225_600 - 12 * 60 * 60) * 1000;
		expect(turnOffer(turn, alice, twelveHoursBefore + 999)).toEqual({
			urls: turn.urls,
			username: `1767225600:${alice}`,
			// openssl dgst -sha1 -hmac 'north wind' -binary | base64
			credential: 'Rr9p8hi49lfxgFzlhbU7c+IlkQs=',
			seconds: 43_200
		});
	});
});

describe('a broker with a TURN server', () => {
	it('offers it after the welcome, to proven peers only', () => {
		const relay = new Relay({}, turn);
		relay.epochMs = 1_767_225_600_000;
		const { id, nonce, actions } = relay.open();
		expect(sent(actions).map(({ type }) => type)).toEqual(['challenge']);
		const [welcome, offer] = sent(relay.say(id, proof(1, nonce)));
		expect(welcome?.type).toBe('welcome');
		expect(offer).toEqual({ type: 'turn', ...turnOffer(turn, peer(1), relay.epochMs) });
	});

	it('offers it again with the first publish after half of the time', () => {
		const relay = new Relay({}, turn);
		const id = relay.join(1);
		const answers = (): readonly string[] => sent(relay.publish(id, [])).map(({ type }) => type);
		expect(answers()).toEqual(['published']);
		relay.nowMs = 6 * hour - 1;
		expect(answers()).toEqual(['published']);
		relay.nowMs = 6 * hour;
		expect(answers()).toEqual(['published', 'turn']);
		expect(answers()).toEqual(['published']);
	});

	it('tells the time by the calendar', async () => {
		const server = await serverInTest(cleanup, { turn });
		const visitor = await Visitor.proven(cleanup, server, 1);
		await visitor.next('welcome');
		const { username, seconds } = await visitor.next('turn');
		const endsMs = Number(username.split(':')[0]) * 1000;
		expect(Math.abs(endsMs - seconds * 1000 - Date.now())).toBeLessThan(60_000);
	});
});

describe('a broker without one', () => {
	it('offers nothing', () => {
		const relay = new Relay();
		const { id, nonce } = relay.open();
		expect(sent(relay.say(id, proof(1, nonce))).map(({ type }) => type)).toEqual(['welcome']);
	});
});
