/**
 * Who reneged on whom, said by the one who was let down and proven by the agreement that both had signed (design section 5,
 * track record). A statement can be taken back by its accuser. Both travel through any peer: what they need to be believed
 * is in them. docs/protocol/standing.md.
 */
import { Malformed } from '../failures.ts';
import { bytesOf, type PeerId } from '../identifiers.ts';
import { sign, signatureBytes, verify } from '../keys/signature.ts';
import { renegeReasons, type RenegeReason } from '../verify/account.ts';
import { deterministic, exactly, Fields, sameBytes } from '../wire/broker-fields.ts';
import { documentBytesMax, statementBytesMax } from '../wire/limits.ts';
import { decodeAgreement, verifyAgreement, type Agreement } from './agreement.ts';

/** Of one accuser about one accused the later `at` holds. */
export type Statement = Accusation | Retraction;

export interface Accusation {
	readonly kind: 'reneged';
	readonly accuser: PeerId;
	readonly accused: PeerId;
	readonly reason: RenegeReason;
	/** What the accused is blamed for, by the accuser's clock. */
	readonly from: number;
	readonly to: number;
	readonly at: number;
	/** The document that both signed. */
	readonly agreement: Uint8Array;
	readonly accuserAgreed: Uint8Array;
	readonly accusedAgreed: Uint8Array;
}

export interface Retraction {
	readonly kind: 'retracted';
	readonly accuser: PeerId;
	readonly accused: PeerId;
	readonly at: number;
}

const time = { min: 0, max: Number.MAX_SAFE_INTEGER };
const kinds = ['reneged', 'retracted'] as const;

/** Encodes and signs. Throws RangeError when the statement would be refused by whoever reads it. */
export function signStatement(identity: Uint8Array, statement: Statement): Uint8Array {
	const body = encoded(statement);
	const signed = deterministic({ body, signature: sign(identity, 'statement', body) });
	try {
		readStatement(signed);
	} catch (error) {
		throw new RangeError(`statement: ${String(error)}`, { cause: error });
	}
	return signed;
}

/** Reads a statement and checks everything that it proves by itself. Throws Malformed. */
export function readStatement(bytes: Uint8Array): Statement {
	const outer = Fields.parse(bytes, statementBytesMax);
	const body = outer.bytes('body', { min: 1, max: statementBytesMax });
	const signature = outer.bytes('signature', exactly(signatureBytes));
	if (!sameBytes(bytes, deterministic({ body, signature }))) {
		throw new Malformed('statement in another encoding');
	}
	const statement = readBody(Fields.parse(body, statementBytesMax));
	if (!sameBytes(body, encoded(statement))) throw new Malformed('statement in another encoding');
	if (statement.accuser === statement.accused) throw new Malformed('a statement about oneself');
	if (!verify(statement.accuser, 'statement', body, signature)) {
		throw new Malformed('the signature of the statement is wrong');
	}
	if (statement.kind === 'reneged') checkEvidence(statement);
	return statement;
}

function readBody(fields: Fields): Statement {
	fields.whole('v', { min: 1, max: 1 });
	const kind = fields.oneOf('kind', kinds);
	const who = {
		accuser: fields.name<PeerId>('accuser', 32),
		accused: fields.name<PeerId>('accused', 32),
		at: fields.whole('at', time)
	};
	if (kind === 'retracted') return { kind, ...who };
	return {
		kind,
		...who,
		reason: fields.oneOf('reason', renegeReasons),
		from: fields.whole('from', time),
		to: fields.whole('to', time),
		agreement: fields.bytes('agreement', { min: 1, max: documentBytesMax }),
		accuserAgreed: fields.bytes('accuserAgreed', exactly(signatureBytes)),
		accusedAgreed: fields.bytes('accusedAgreed', exactly(signatureBytes))
	};
}

function encoded({ accuser, accused, ...rest }: Statement): Uint8Array {
	return deterministic({ v: 1, ...rest, accuser: bytesOf(accuser), accused: bytesOf(accused) });
}

/** An accuser counts only after an agreement that outlasted both commitment and grace: earlier nobody can judge. */
export function hasLasted({ createdAt, commitmentMs, graceMs }: Agreement, to: number): boolean {
	return to - createdAt > Math.max(commitmentMs, graceMs);
}

function checkEvidence(statement: Accusation): void {
	const { accuser, accused, from, to, at, agreement: document } = statement;
	const agreement = decodeAgreement(document);
	const ends = [agreement.proposer, agreement.acceptor];
	if (!ends.includes(accuser) || !ends.includes(accused)) {
		throw new Malformed('a statement with the agreement of others');
	}
	if (!verifyAgreement(accuser, document, statement.accuserAgreed)) {
		throw new Malformed('the accuser did not sign this agreement');
	}
	if (!verifyAgreement(accused, document, statement.accusedAgreed)) {
		throw new Malformed('the accused did not sign this agreement');
	}
	if (from > to || to > at) throw new Malformed('a statement whose times run backwards');
	if (!hasLasted(agreement, to)) {
		throw new Malformed('a statement about an agreement that had only begun');
	}
	if (from < agreement.createdAt) throw new Malformed('a statement from before the agreement');
}
