import { expect, it } from 'vitest';
import { iceScheme, isTurn } from '../../../src/lib/engine/wire/ice-url.ts';

it.each([
	['stun:stun.example.org', 'stun'],
	['stun:192.0.2.7:19302', 'stun'],
	['turn:turn.example.org', 'turn'],
	['turn:a:1', 'turn'],
	['turn:turn.example.org:3478?transport=udp', 'turn'],
	['turns:turn.example.org:5349?transport=tcp', 'turns']
])('%s is an address', (url, scheme) => {
	expect(iceScheme(url)).toBe(scheme);
	expect(isTurn(url)).toBe(scheme !== 'stun');
});

// Each of them would make a browser refuse the whole list.
it.each([
	'',
	'stun',
	'stun:',
	'stun://stun.example.org',
	'stuns:stun.example.org',
	'stun:stun.example.org?transport=udp',
	'turn:turn.example.org?transport=sctp',
	'turn:turn.example.org?ttl=1',
	'turn:turn.example.org:0',
	'turn:turn.example.org:65536',
	'turn:turn.example.org:port',
	'turn:user@turn.example.org',
	'turn:turn example.org',
	'turn:-a',
	'turn:a/b',
	'TURN:turn.example.org',
	'turn:[2001:db8::1]',
	`turn:${'a'.repeat(254)}`,
	'https://turn.example.org'
])('%s is none', (url) => {
	expect(iceScheme(url)).toBeUndefined();
	expect(isTurn(url)).toBe(false);
});
