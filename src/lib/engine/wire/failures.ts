/** Failures of links and sessions, each with what the caller can do. */

/**
 * Why a handshake failed. 'fingerprint': the two ends see different certificates, so somebody sits between them
 * (or the broker lied). 'identity': the other end did not prove to be the peer it names, or is not the expected
 * one. 'closed': the link went before the end.
 */
export type HandshakeCause =
	'fingerprint' | 'version' | 'malformed' | 'identity' | 'timeout' | 'closed';

/** The other end is not a peer to talk to over this link. Only 'timeout' and 'closed' are worth a retry. */
export class HandshakeFailed extends Error {
	override readonly name = 'HandshakeFailed';
	readonly why: HandshakeCause;
	constructor(why: HandshakeCause, message: string) {
		super(`${why}: ${message}`);
		this.why = why;
	}
}

/** The partner did not answer one request in time; the session stands. Whether it was carried out is unknown. */
export class RequestTimedOut extends Error {
	override readonly name = 'RequestTimedOut';
}
