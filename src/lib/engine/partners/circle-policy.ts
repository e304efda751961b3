/** What a circle lays down for its agreements. Circles of friends, the only kind so far, have no commitment period. */
const dayMs = 24 * 60 * 60_000;

export const friendsPolicy = { graceMs: 14 * dayMs, commitmentMs: 0 } as const;
