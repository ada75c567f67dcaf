/** The attempts that ring for one call now, so that all of them can be listed and stopped together. */

import type { ExtraHeaders } from "../../sip/mod.ts";
import { Attempt, type AttemptListener, type AttemptOptions } from "./attempt.ts";
import type { CallContext } from "./context.ts";

export class Attempts {
  readonly #context: CallContext;
  /** Absent while nothing rings, that is for most of a call. */
  #live: Set<Attempt> | undefined;

  constructor(context: CallContext) {
    this.#context = context;
  }

  /** Rings, and forgets the attempt as soon as it has an outcome. */
  start(options: AttemptOptions & { listener: AttemptListener }): Attempt {
    const { listener } = options;
    const attempt: Attempt = new Attempt(this.#context, {
      ...options,
      listener: {
        ringing: (statusCode) => listener.ringing(statusCode),
        early: (leg, statusCode) => listener.early(leg, statusCode),
        answered: (leg) => {
          this.#forget(attempt);
          listener.answered(leg);
        },
        failed: (failure) => {
          this.#forget(attempt);
          listener.failed(failure);
        },
      },
    });
    this.#live ??= new Set();
    this.#live.add(attempt);
    attempt.start();
    return attempt;
  }

  /** Extensions that ring, and since when. */
  get ringing(): readonly { extension: string; since: number }[] {
    return [...this.#live ?? []].flatMap(({ extensions, startedAt }) =>
      extensions.map((extension) => ({ extension, since: startedAt }))
    );
  }

  cancelAll(headers: ExtraHeaders = []): void {
    for (const attempt of this.#live ?? []) attempt.cancel(headers);
    this.#live = undefined;
  }

  #forget(attempt: Attempt): void {
    this.#live?.delete(attempt);
    if (this.#live?.size === 0) this.#live = undefined;
  }
}
