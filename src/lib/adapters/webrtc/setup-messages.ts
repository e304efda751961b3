/**
 * Set-up messages: what two pages tell each other through a broker, before there is a link (docs/protocol/links.md).
 * CBOR in its deterministic encoding, at most 16 KiB. They come from strangers: whatever is not exactly what
 * a data channel needs is Malformed, and never reaches the browser's WebRTC code.
 */
import { Malformed } from '../../engine/failures.ts';
import { nameOf } from '../../engine/identifiers.ts';
import { deterministic, Fields, sameBytes } from '../../engine/wire/broker-fields.ts';
import { fingerprintOf } from './fingerprints.ts';
import {
	candidateCharactersMax,
	linkIdBytes,
	midCharactersMax,
	reasonCharactersMax,
	sdpCharactersMax,
	setupMessageBytesMax
} from './limits.ts';

/** What the two browsers must know of each other. */
export type SetupSignal =
	| { readonly type: 'offer'; readonly sdp: string }
	| { readonly type: 'answer'; readonly sdp: string }
	/** One address to try. `mid` and `line` say to which part of the description it belongs. */
	| {
			readonly type: 'candidate';
			readonly candidate: string;
			readonly mid: string;
			readonly line: number;
	  };

/** One set-up message. Both sides know a link by the 16 random bytes that the dialer drew. */
export type SetupMessage = { readonly link: Uint8Array } & (
	| SetupSignal
	/** No link will come of it; saves the other side the wait. */
	| { readonly type: 'refusal'; readonly reason: string }
);

const version = { min: 1, max: 1 };
const link = { min: linkIdBytes, max: linkIdBytes };
const types = ['offer', 'answer', 'candidate', 'refusal'] as const;

export function encodeSetup(message: SetupMessage): Uint8Array {
	return deterministic({ v: 1, ...message });
}

/** The inverse of `encodeSetup`. Throws Malformed. */
export function decodeSetup(bytes: Uint8Array): SetupMessage {
	const fields = Fields.parse(bytes, setupMessageBytesMax);
	fields.whole('v', version);
	const message = { link: fields.bytes('link', link), ...readSignal(fields) };
	if (!sameBytes(bytes, encodeSetup(message))) throw new Malformed('not deterministic');
	return message;
}

/** Keys links by whom they lead to and their id, so that a third party's messages never reach one. */
export function linkKey(remote: string, id: Uint8Array): string {
	return `${nameOf(id)} ${remote}`;
}

function readSignal(fields: Fields): SetupSignal | { type: 'refusal'; reason: string } {
	const type = fields.oneOf('type', types);
	switch (type) {
		case 'offer':
		case 'answer':
			return { type, sdp: readDescription(fields) };
		case 'candidate':
			return {
				type,
				candidate: fields.text('candidate', { min: 0, max: candidateCharactersMax }),
				mid: fields.text('mid', { min: 0, max: midCharactersMax }),
				line: fields.whole('line', { min: 0, max: 0 })
			};
		case 'refusal':
			return { type, reason: fields.text('reason', { min: 0, max: reasonCharactersMax }) };
	}
}

/** A description of one data channel and nothing else, with one certificate. */
function readDescription(fields: Fields): string {
	const sdp = fields.text('sdp', { min: 1, max: sdpCharactersMax });
	const [media, ...others] = sdp.match(/^m=.*$/gm) ?? [''];
	if (!media.startsWith('m=application ') || others.length > 0) {
		throw new Malformed('a description of something else than one data channel');
	}
	if (fingerprintOf(sdp) === undefined)
		throw new Malformed('a description without one certificate');
	return sdp;
}
