/** Data that stay fresh: asked again when the event stream says that something changed, and now and then anyway. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiProblem, ask } from "./api.ts";
import { createStore } from "./store.ts";
import type { Page } from "./types.ts";

/** Kinds of events of the stream. */
export type Topic = "registered" | "unregistered" | "features" | "call" | "line" | "group" | "room" | "ban";

const TOPICS: readonly Topic[] = [
  "registered",
  "unregistered",
  "features",
  "call",
  "line",
  "group",
  "room",
  "ban",
];

/** True while the stream is open. */
export const isLive = createStore(true);

const listeners = new Map<Topic, Set<() => void>>(TOPICS.map((topic) => [topic, new Set()]));
let source: EventSource | undefined;
let retrying: ReturnType<typeof setTimeout> | undefined;
/** After a refusal, too many streams for one. */
const RETRY_MS = 5000;

/** Opens the stream; once is enough. */
export function connect(): void {
  if (source) return;
  source = new EventSource("/api/v1/events");
  source.onopen = () => {
    isLive.set(true);
    // Whatever happened while nobody listened.
    for (const topic of TOPICS) tell(topic);
  };
  source.onerror = () => {
    isLive.set(false);
    // It tries again by itself where there was no answer; a refusal ends it for good, so a new one is opened later.
    if (source?.readyState !== EventSource.CLOSED) return;
    source = undefined;
    retrying = setTimeout(connect, RETRY_MS);
  };
  for (const topic of TOPICS) source.addEventListener(topic, () => tell(topic));
}

/** Closes the stream: nobody is signed in any more. */
export function disconnect(): void {
  clearTimeout(retrying);
  source?.close();
  source = undefined;
}

function tell(topic: Topic): void {
  for (const listener of [...listeners.get(topic) ?? []]) listener();
}

/** What a view waits for: data, or why there are none. */
export interface Loaded<T> {
  readonly data: T | undefined;
  readonly problem: ApiProblem | undefined;
}

/** Data that stay fresh by themselves, or at once when asked to. */
export interface Resource<T> extends Loaded<T> {
  readonly reload: () => void;
}

/** When something is asked for again. */
export interface ResourceOptions {
  readonly topics?: readonly Topic[];
  /** Asked again after so long; default a minute. */
  readonly everyMs?: number;
}

/** Events come in bursts; one question answers them all. */
const GATHER_MS = 200;
/** However much happens, nobody reads faster; and a server that answers slowly is asked less. */
const REST_MS = 1000, REST_PER_ANSWER = 10;
const NO_TOPICS: readonly Topic[] = [];

/** What stands at `path`, kept fresh. The former data stay in view until new ones are there. */
export function useResource<T>(path: string | undefined, options: ResourceOptions = {}): Resource<T> {
  const { topics = NO_TOPICS, everyMs = 60_000 } = options;
  const [state, setState] = useState<{ path?: string | undefined; data?: T; problem?: ApiProblem }>({});
  const asking = useRef<AbortController | undefined>(undefined);
  const restUntil = useRef(0);
  const load = useCallback(() => {
    if (path === undefined || document.hidden) return;
    asking.current?.abort();
    const controller = asking.current = new AbortController();
    const askedAt = performance.now();
    restUntil.current = askedAt + REST_MS;
    ask<T>(path, { signal: controller.signal }).then(
      (data) => {
        const tookMs = performance.now() - askedAt;
        restUntil.current = Math.max(restUntil.current, askedAt + REST_PER_ANSWER * tookMs);
        setState({ path, data });
      },
      (error: unknown) => {
        if (error instanceof ApiProblem) {
          setState((former) => ({ ...(former.path === path && former), path, problem: error }));
        }
      },
    );
  }, [path]);
  useEffect(() => {
    load();
    let gathering: ReturnType<typeof setTimeout> | undefined;
    const changed = () => {
      gathering ??= setTimeout(() => {
        gathering = undefined;
        load();
      }, Math.max(GATHER_MS, restUntil.current - performance.now()));
    };
    const beat = setInterval(load, everyMs);
    const seen = () => document.hidden || load();
    document.addEventListener("visibilitychange", seen);
    for (const topic of topics) listeners.get(topic)?.add(changed);
    return () => {
      clearInterval(beat);
      clearTimeout(gathering);
      asking.current?.abort();
      document.removeEventListener("visibilitychange", seen);
      for (const topic of topics) listeners.get(topic)?.delete(changed);
    };
  }, [load, everyMs, topics.join()]);
  const isCurrent = state.path === path;
  return {
    data: isCurrent ? state.data : undefined,
    problem: isCurrent ? state.problem : undefined,
    reload: load,
  };
}

/** One page of a long list, and the way to the others. */
export interface PageResource<T> extends Resource<Page<T>> {
  /** To the page that begins with this row. */
  readonly move: (offset: number) => void;
}

/** What of a long list is asked for, and how much at once. */
export interface PageOptions extends ResourceOptions {
  readonly query?: Readonly<Record<string, string>>;
  /** Rows of a page; default 50. */
  readonly limit?: number;
}

/** A page of the list at `path`, kept fresh. Whenever something else is asked for, it is the first one again. */
export function usePage<T>(path: string | undefined, options: PageOptions = {}): PageResource<T> {
  const { query = {}, limit = 50, ...rest } = options;
  const question = `${path}?${new URLSearchParams(query)}`;
  const [place, setPlace] = useState({ question, offset: 0 });
  const offset = place.question === question ? place.offset : 0;
  const range = new URLSearchParams({ ...query, offset: String(offset), limit: String(limit) });
  const resource = useResource<Page<T>>(path && `${path}?${range}`, rest);
  return { ...resource, move: (next) => setPlace({ question, offset: next }) };
}

/** The time, once a second: what makes durations grow. */
export const nowMs = createStore(Date.now());
setInterval(() => nowMs.set(Date.now()), 1000);
