/** Token buckets: rate limits as plain numbers, told the time by their caller. */
import type { Allowance } from './limits.ts';

export interface Bucket {
	readonly allowance: Allowance;
	level: number;
	filledAtMs: number;
}

/** `flooding` comes to one that goes on after a whole capacity of refusals. */
export type Verdict = 'granted' | 'refused' | 'flooding';

export function fullBucket(allowance: Allowance, nowMs: number): Bucket {
	return { allowance, level: allowance.capacity, filledAtMs: nowMs };
}

/** Takes `cost` from the bucket. What is refused costs half, so that a burst is soon forgiven and a flood is not. */
export function take(bucket: Bucket, cost: number, nowMs: number): Verdict {
	refill(bucket, nowMs);
	if (bucket.level >= cost) {
		bucket.level -= cost;
		return 'granted';
	}
	bucket.level = Math.max(bucket.level - cost / 2, -bucket.allowance.capacity);
	return bucket.level > -bucket.allowance.capacity ? 'refused' : 'flooding';
}

/** Whether the bucket says nothing any more that a new one would not. */
export function isFull(bucket: Bucket, nowMs: number): boolean {
	refill(bucket, nowMs);
	return bucket.level >= bucket.allowance.capacity;
}

function refill(bucket: Bucket, nowMs: number): void {
	const elapsedSeconds = Math.max(0, nowMs - bucket.filledAtMs) / 1000;
	const { capacity, perSecond } = bucket.allowance;
	bucket.level = Math.min(capacity, bucket.level + elapsedSeconds * perSecond);
	bucket.filledAtMs = nowMs;
}
