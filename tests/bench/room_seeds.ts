/** Which key of {@link ./bench_key.ts} serves which direction of a member. */
export const SEED_TO_ROOM = 1;
export const SEED_FROM_ROOM = 2;
