/** Whether the server can take calls now, and what is missing where it cannot: for `/readyz`, which anybody may ask. */

export interface ReadinessFacts {
  /** False from the moment of a stop on. */
  readonly isOpen: boolean;
  readonly wantedListeners: number;
  readonly openListeners: number;
  /** One entry a media thread: does it give signs of life? */
  readonly mediaThreads: readonly boolean[];
  /** True while the database takes nothing; calls go on, but nothing new is remembered. */
  readonly isStoreStuck: boolean;
}

/** A few words each, no names and numbers of the house; empty when all is there. */
export function findMissing(facts: ReadinessFacts): readonly string[] {
  const { isOpen, wantedListeners, openListeners, mediaThreads, isStoreStuck } = facts;
  return [
    ...(isOpen ? [] : ["stopping: no new calls"]),
    ...(openListeners < wantedListeners
      ? [`listeners: ${openListeners} of ${wantedListeners} are open`]
      : []),
    ...(mediaThreads.includes(false) ? ["media: a thread gives no sign of life"] : []),
    ...(isStoreStuck ? ["database: it takes no data"] : []),
  ];
}
