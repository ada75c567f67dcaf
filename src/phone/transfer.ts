/** Blind transfer asked for by us: REFER, and the NOTIFY that tell how it goes (RFC 3515, RFC 5589 §6). */

import { type Clock, fail, ok, type Result, type Timer } from "../base/mod.ts";
import type { Session, Told } from "../sip/mod.ts";
import { decodeText, printUri, type Uri } from "../sip/message/mod.ts";
import type { TransferStatus } from "./types.ts";

/** Longer than any phone rings. */
const PATIENCE_MS = 180_000;

type Requested = Told<"requested">;

export interface TransferOptions {
  readonly clock: Clock;
  readonly target: Uri;
  /** Our own address, for Referred-By (RFC 3892). */
  readonly referrer: Uri;
  readonly tell: (status: TransferStatus, statusCode?: number) => void;
}

export class Transfer {
  readonly #options: TransferOptions;
  readonly #outcome = Promise.withResolvers<Result<void, string>>();
  readonly #timer: Timer;
  #isOver = false;

  /** Sends the REFER. */
  constructor(session: Session, options: TransferOptions) {
    this.#options = options;
    const { clock, target, referrer } = options;
    this.#timer = clock.at(clock.now() + PATIENCE_MS, () => this.#end(fail("no word of how it went")));
    session.request({
      method: "REFER",
      headers: [["Refer-To", `<${printUri(target)}>`], ["Referred-By", `<${printUri(referrer)}>`]],
    }, (outcome) => {
      if (outcome.kind === "failed") return this.#end(fail("the server does not answer"));
      const { statusCode, reasonPhrase } = outcome.response;
      if (statusCode >= 300) return this.#end(fail(`${statusCode} ${reasonPhrase}`), statusCode);
      options.tell("trying");
    });
  }

  /** Comes once: the target has answered, or why it has not. */
  get outcome(): Promise<Result<void, string>> {
    return this.#outcome.promise;
  }

  /** Answers a NOTIFY within the call. */
  notified({ request, reply }: Requested): void {
    if (request.headers.get("Event")?.split(";", 1)[0]?.trim().toLowerCase() !== "refer") {
      return reply({ statusCode: 489 });
    }
    reply({ statusCode: 200 });
    const line = /^SIP\/2\.0 ([1-6]\d\d)(?: ([^\r\n]*))?/.exec(decodeText(request.body.subarray(0, 1024)));
    const statusCode = Number(line?.[1] ?? 0);
    if (statusCode >= 300) this.#end(fail(`${statusCode} ${line?.[2] ?? ""}`.trim()), statusCode);
    else if (statusCode >= 200) this.#end(ok(undefined), statusCode);
    else if (/^\s*terminated/i.test(request.headers.get("Subscription-State") ?? "")) {
      // Some servers say no more than that they will not tell.
      this.#end(ok(undefined));
    }
  }

  /** The call is over. */
  stop(): void {
    this.#end(fail("the call ended before the transfer was done"));
  }

  #end(outcome: Result<void, string>, statusCode?: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer.cancel();
    this.#options.tell(outcome.ok ? "done" : "failed", statusCode);
    this.#outcome.resolve(outcome);
  }
}
