import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../../src/lib/adapters/webrtc/fingerprints.ts';
import {
	decodeSetup,
	encodeSetup,
	type SetupMessage
} from '../../../src/lib/adapters/webrtc/setup-messages.ts';
import { Malformed } from '../../../src/lib/engine/failures.ts';

const link = new Uint8Array(16).fill(3);
const print = Array.from({ length: 32 }, (_, i) => (i + 160).toString(16).toUpperCase()).join(':');
const sdp = [
	'v=0',
	'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
	`a=fingerprint:sha-256 ${print}`,
	'a=setup:actpass',
	''
].join('\r\n');

const messages: readonly SetupMessage[] = [
	{ link, type: 'offer', sdp },
	{ link, type: 'answer', sdp },
	{
		link,
		type: 'candidate',
		candidate: 'candidate:1 1 udp 2 10.0.0.1 9 typ host',
		mid: '0',
		line: 0
	},
	{ link, type: 'candidate', candidate: '', mid: '', line: 0 },
	{ link, type: 'refusal', reason: 'busy' }
];

describe('set-up messages', () => {
	it.each(messages)('$type comes back as it was', (message) => {
		expect(decodeSetup(encodeSetup(message))).toEqual(message);
	});

	it.each([
		['a camera', sdp.replace('m=application', 'm=video')],
		['a camera beside the channel', `${sdp}m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n`],
		['no certificate', sdp.replace(/a=fingerprint.*\r\n/, '')],
		['two certificates', `${sdp}a=fingerprint:sha-256 ${print.replace('A0', 'FF')}\r\n`],
		['a weaker hash', sdp.replace('sha-256', 'sha-1')],
		['more than 8 KiB', sdp + 'a=x\r\n'.repeat(2000)]
	])('refuse a description of %s', (_what, description) => {
		const bytes = encodeSetup({ link, type: 'offer', sdp: description });
		expect(() => decodeSetup(bytes)).toThrow(Malformed);
	});

	it('that are garbage are refused with Malformed only', () => {
		const bytes = fc.oneof(
			fc.uint8Array({ maxLength: 300 }),
			fc
				.tuple(fc.constantFrom(...messages), fc.nat(400), fc.nat(255))
				.map(([message, at, value]) => {
					const whole = encodeSetup(message);
					whole[at % whole.length] = value;
					return whole;
				})
		);
		fc.assert(
			fc.property(bytes, (some) => {
				try {
					expect(encodeSetup(decodeSetup(some))).toEqual(some);
				} catch (error) {
					expect(error).toBeInstanceOf(Malformed);
				}
			}),
			{ numRuns: 2000 }
		);
	});
});

describe('the fingerprint of a description', () => {
	it('is its 32 bytes, stated once or often', () => {
		const bytes = Uint8Array.from({ length: 32 }, (_, i) => i + 160);
		expect(fingerprintOf(sdp)).toEqual(bytes);
		expect(fingerprintOf(sdp + sdp.toLowerCase())).toEqual(bytes);
	});

	it('is none where a line beside it says something else', () => {
		expect(fingerprintOf(`${sdp}a=fingerprint:sha-512 00:11\r\n`)).toBeUndefined();
		expect(fingerprintOf(`${sdp}a=fingerprint:nonsense\r\n`)).toBeUndefined();
		expect(fingerprintOf('')).toBeUndefined();
	});
});
