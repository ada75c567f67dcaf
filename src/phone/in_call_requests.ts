/** What the other side asks for within a call, beside new offers: digits, news of a transfer, a transfer of us. */

import type { Told } from "../sip/mod.ts";
import { readInfoDigit } from "./digits.ts";
import type { Transfer } from "./transfer.ts";

export function answerRequest(
  event: Told<"requested">,
  { transfer, onDigit }: {
    /** Asked for by us and under way. */
    readonly transfer: Transfer | undefined;
    readonly onDigit: (digit: string) => void;
  },
): void {
  const { request, reply } = event;
  switch (request.method) {
    case "INFO": {
      const digit = readInfoDigit(request);
      reply({ statusCode: digit !== undefined || request.body.length === 0 ? 200 : 415 });
      if (digit !== undefined) onDigit(digit);
      return;
    }
    case "NOTIFY":
      return transfer ? transfer.notified(event) : reply({ statusCode: 481 });
    // Whom this phone calls is for its owner to say, not for the other side.
    case "REFER":
      return reply({ statusCode: 603 });
    default:
      return reply({ statusCode: 405 });
  }
}
