/**
 * What an owner sees of one partner (patent steps 216-232): the only input of that partner's standing. Challenges
 * and sessions make observations; what follows from them is decided elsewhere.
 */

/** Which check was due: the compact proof over the whole shelf, or one block drawn by the toss and brought back. */
export type Check = 'proof' | 'block';

/** Why an answer counts against a partner: all of these are seen after the reveal of the toss, or break it. */
export type FailedCheck = 'wrong-answer' | 'not-held' | 'cheated-toss';

export type Observation =
	/** A session with the partner stood. */
	| { readonly kind: 'seen' }
	/** The partner was due on line and could not be reached. */
	| { readonly kind: 'away' }
	/** A check was answered, and the answer was right. */
	| { readonly kind: 'passed'; readonly check: Check }
	/** A check was answered wrongly, or the toss was broken. */
	| { readonly kind: 'failed'; readonly check: Check; readonly why: FailedCheck }
	/** A check was due and no answer came: the toss was aborted, or the line was lost. It stays pending. */
	| { readonly kind: 'unanswered'; readonly check: Check }
	/** The partner said that it lost blocks, before a toss asked for one of them. */
	| { readonly kind: 'loss-declared'; readonly blocks: number };

/** An observation with its time: milliseconds since the Unix epoch, by the owner's clock. */
export interface Observed {
	readonly at: number;
	readonly observation: Observation;
}
