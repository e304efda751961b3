/**
 * The two handshake messages (docs/protocol/links.md): byte 0 of the frame, then a CBOR map. `hello` never
 * changes: it is what peers of different versions understand of each other.
 */
import { Malformed } from '../failures.ts';
import { bytesOf, type InstanceId, type PeerId } from '../identifiers.ts';
import { signatureBytes } from '../keys/signature.ts';
import { deterministic, Fields, sameBytes } from './broker-fields.ts';
import { frameKinds } from './frames.ts';
import { handshakeBytesMax } from './limits.ts';

/** Who dialled, and who was dialled. */
export type Role = 'dialer' | 'answerer';

export interface Hello {
	/** The versions of the link protocol that its sender speaks. */
	readonly versions: readonly number[];
	readonly role: Role;
	readonly peer: PeerId;
	readonly instance: InstanceId;
	/** 32 random bytes: what makes this handshake another than all before. */
	readonly nonce: Uint8Array;
	/** SHA-256 fingerprints of the DTLS certificates as the sender sees them, 32 bytes each. */
	readonly localFingerprint: Uint8Array;
	readonly remoteFingerprint: Uint8Array;
}

const peerBytes = 32;
const instanceBytes = 16;
const nonce = { min: 32, max: 32 };
const fingerprint = { min: 32, max: 32 };
const signature = { min: signatureBytes, max: signatureBytes };
const versionCount = { min: 1, max: 16 };
const versionMax = 0xffff;

export function encodeHello(hello: Hello): Uint8Array {
	return framed('hello', helloFields(hello));
}

/** The inverse of `encodeHello`. Throws Malformed. */
export function decodeHello(frame: Uint8Array): Hello {
	const fields = unframed('hello', frame);
	const hello: Hello = {
		versions: fields.list('versions', versionCount, readVersion),
		role: fields.oneOf('role', ['dialer', 'answerer']),
		peer: fields.name<PeerId>('peer', peerBytes),
		instance: fields.name<InstanceId>('instance', instanceBytes),
		nonce: fields.bytes('nonce', nonce),
		localFingerprint: fields.bytes('localFingerprint', fingerprint),
		remoteFingerprint: fields.bytes('remoteFingerprint', fingerprint)
	};
	return canonical(frame, encodeHello(hello), hello);
}

export function encodeProof(signed: Uint8Array): Uint8Array {
	return framed('proof', { signature: signed });
}

/** The inverse of `encodeProof`: the signature. Throws Malformed. */
export function decodeProof(frame: Uint8Array): Uint8Array {
	const signed = unframed('proof', frame).bytes('signature', signature);
	return canonical(frame, encodeProof(signed), signed);
}

function helloFields({ versions, peer, instance, ...rest }: Hello): Record<string, unknown> {
	return { ...rest, versions: [...versions], peer: bytesOf(peer), instance: bytesOf(instance) };
}

function framed(kind: 'hello' | 'proof', fields: Record<string, unknown>): Uint8Array {
	const map = deterministic(fields);
	const frame = new Uint8Array(1 + map.length);
	frame[0] = frameKinds[kind];
	frame.set(map, 1);
	return frame;
}

function unframed(kind: 'hello' | 'proof', frame: Uint8Array): Fields {
	if (frame[0] !== frameKinds[kind]) throw new Malformed(`no ${kind}`);
	return Fields.parse(frame.subarray(1), handshakeBytesMax);
}

function canonical<Value>(frame: Uint8Array, again: Uint8Array, value: Value): Value {
	if (!sameBytes(frame, again)) throw new Malformed('not in the deterministic encoding');
	return value;
}

function readVersion(value: unknown): number {
	if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > versionMax) {
		throw new Malformed('no version');
	}
	return value;
}
