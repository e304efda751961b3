/**
 * What a circle lays down for its agreements (patent step 230, claim 30). Friends know each other, and wait for nothing;
 * in the open circle, to which everybody has the secret, the commitment period is longer than grace, so that
 * nobody can live off new partners while the grace of the old ones runs.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { CircleId } from '../identifiers.ts';
import { circleIdOf, type Circle } from './invitation.ts';

const dayMs = 24 * 60 * 60_000;

export interface CirclePolicy {
	/** How long a partner may be away before it has reneged. */
	readonly graceMs: number;
	/** How long, from its beginning, an agreement neither makes nor honours restores. */
	readonly commitmentMs: number;
}

export const friendsPolicy: CirclePolicy = { graceMs: 14 * dayMs, commitmentMs: 0 };
export const openPolicy: CirclePolicy = { graceMs: 14 * dayMs, commitmentMs: 21 * dayMs };

const openSecret = sha256(utf8ToBytes('holdfast v1 open circle'));

/** The circle of everybody: its secret is no secret. */
export const openCircle: Circle = {
	id: circleIdOf(openSecret),
	name: 'Everybody',
	secret: openSecret
};

/** The policy of a circle. Both ends of an agreement compute the same, so neither can ask for better terms. */
export function policyOf(circle: CircleId): CirclePolicy {
	return circle === openCircle.id ? openPolicy : friendsPolicy;
}
