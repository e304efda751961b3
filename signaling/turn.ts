/**
 * Credentials for a TURN server that shares a secret with this broker, as "A REST API For Access To TURN Services"
 * (draft-uberti-behave-turn-rest-00) has them and coturn checks them (`use-auth-secret`). The two never speak with each
 * other, and the TURN server has no list of users. Rejected: a fixed user for everybody, which could never be taken back.
 */
import { createHmac } from 'node:crypto';
import type { PeerId } from '../src/lib/engine/identifiers.ts';
import type { TurnOffer } from '../src/lib/engine/wire/broker-messages.ts';

export interface TurnServer {
	/** Of one server, reached in several ways (RFC 7065). */
	readonly urls: readonly string[];
	/** coturn's `static-auth-secret`. */
	readonly secret: string;
}

/** Long enough for a night without a broker; what was given out cannot be taken back before. */
export const turnSeconds = 12 * 60 * 60;

/**
 * What a peer may show to the TURN server until `turnSeconds` from `epochMs`. The name ends with the PeerId, by which coturn
 * counts what each user takes.
 */
export function turnOffer({ urls, secret }: TurnServer, peer: PeerId, epochMs: number): TurnOffer {
	const username = `${String(Math.floor(epochMs / 1000) + turnSeconds)}:${peer}`;
	return { urls, username, credential: turnCredential(secret, username), seconds: turnSeconds };
}

/** base64(HMAC-SHA1(secret, username)): the draft, section 2.2. */
export function turnCredential(secret: string, username: string): string {
	return createHmac('sha1', secret).update(username).digest('base64');
}
