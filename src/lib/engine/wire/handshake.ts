/**
 * The handshake that opens every link. Both ends send a hello, then a signature over both hellos, their own role,
 * and both certificate fingerprints as they see them. Whoever sits in the middle (a broker that put its own
 * certificate into the set-up messages) makes the two views differ, and cannot sign for either end; whoever
 * changes a version list changes what is signed. Rejected: signing only the fingerprints (leaves versions and
 * roles open), and a key exchange of our own (DTLS has one; it lacks only the identities).
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { LinkClosed, Malformed } from '../failures.ts';
import type { InstanceId, PeerId } from '../identifiers.ts';
import { sign, verify } from '../keys/signature.ts';
import type { Clock, Link, Random } from '../ports.ts';
import { sameBytes } from './broker-fields.ts';
import { type HandshakeCause, HandshakeFailed } from './failures.ts';
import type { FrameReader } from './frame-reader.ts';
import {
	decodeHello,
	decodeProof,
	encodeHello,
	encodeProof,
	type Hello,
	type Role
} from './handshake-messages.ts';
import { handshakeMs, linkVersions } from './limits.ts';

export type { Role } from './handshake-messages.ts';

export interface HandshakeOptions {
	readonly keys: {
		readonly peer: PeerId;
		/** Ed25519 secret key, 32 bytes. */
		readonly identitySecret: Uint8Array;
	};
	readonly instance: InstanceId;
	readonly role: Role;
	readonly clock: Clock;
	readonly random: Random;
	/** Whom the caller wanted to reach; absent when anybody may be there. */
	readonly expect?: PeerId;
	/** Versions spoken; only tests give others. */
	readonly versions?: readonly number[];
}

/** Who is at the other end, proven. */
export interface Acquaintance {
	readonly peer: PeerId;
	readonly instance: InstanceId;
	/** The newest version that both speak. */
	readonly version: number;
}

/** Opens a link. Rejects with HandshakeFailed; closing the link is left to the caller. */
export async function shakeHands(
	link: Link,
	reader: FrameReader,
	options: HandshakeOptions
): Promise<Acquaintance> {
	const abort = new AbortController();
	try {
		return await Promise.race([
			exchange(link, reader, options),
			options.clock.sleep(handshakeMs, abort.signal).then(() => {
				throw new HandshakeFailed('timeout', `no answer in ${String(handshakeMs)} ms`);
			})
		]);
	} catch (error) {
		throw asFailure(error);
	} finally {
		abort.abort(new Error('the handshake is over'));
	}
}

async function exchange(
	link: Link,
	reader: FrameReader,
	options: HandshakeOptions
): Promise<Acquaintance> {
	const ours = ownHello(link, options);
	const ourFrame = encodeHello(ours);
	await link.send(ourFrame.slice());
	const theirFrame = await reader.next();
	const theirs = decodeHello(theirFrame);
	const version = judge(ours, theirs, options.expect);
	const [dialer, answerer] =
		ours.role === 'dialer' ? [ourFrame, theirFrame] : [theirFrame, ourFrame];
	const proof = sign(options.keys.identitySecret, 'link', transcript(dialer, answerer, ours));
	await link.send(encodeProof(proof));
	const theirProof = decodeProof(await reader.next());
	if (!verify(theirs.peer, 'link', transcript(dialer, answerer, theirs), theirProof)) {
		throw new HandshakeFailed('identity', 'the signature does not fit what was said');
	}
	return { peer: theirs.peer, instance: theirs.instance, version };
}

function ownHello(link: Link, options: HandshakeOptions): Hello {
	return {
		versions: options.versions ?? linkVersions,
		role: options.role,
		peer: options.keys.peer,
		instance: options.instance,
		nonce: options.random.bytes(32),
		localFingerprint: link.localFingerprint,
		remoteFingerprint: link.remoteFingerprint
	};
}

/** What a hello tells before any signature: the common version, or why there is no going on. */
function judge(ours: Hello, theirs: Hello, expect: PeerId | undefined): number {
	const fail = (why: HandshakeCause, message: string): never => {
		throw new HandshakeFailed(why, message);
	};
	if (theirs.role === ours.role) fail('malformed', `both ends are the ${ours.role}`);
	if (
		!sameBytes(theirs.localFingerprint, ours.remoteFingerprint) ||
		!sameBytes(theirs.remoteFingerprint, ours.localFingerprint)
	) {
		fail('fingerprint', 'the other end sees other certificates: somebody sits in the middle');
	}
	if (expect !== undefined && theirs.peer !== expect) fail('identity', 'this is another peer');
	if (theirs.peer === ours.peer && theirs.instance === ours.instance) {
		fail('identity', 'this is our own instance');
	}
	const common = theirs.versions.filter((version) => ours.versions.includes(version));
	if (common.length === 0) fail('version', `it speaks ${theirs.versions.join(', ')} only`);
	return Math.max(...common);
}

/**
 * What the sender of `signer` signs: SHA-256 of its role, both hellos as they were sent, each after its hash's
 * fixed length, and both fingerprints, its own first.
 */
function transcript(dialer: Uint8Array, answerer: Uint8Array, signer: Hello): Uint8Array {
	return sha256(
		concatBytes(
			utf8ToBytes(`holdfast v1 handshake ${signer.role}\0`),
			sha256(dialer),
			sha256(answerer),
			signer.localFingerprint,
			signer.remoteFingerprint
		)
	);
}

function asFailure(error: unknown): HandshakeFailed {
	if (error instanceof HandshakeFailed) return error;
	if (error instanceof Malformed) return new HandshakeFailed('malformed', error.message);
	if (error instanceof LinkClosed) return new HandshakeFailed('closed', error.message);
	throw error;
}
