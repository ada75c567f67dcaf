/**
 * The last SIP messages in memory, by call: what the page shows as ladder and messages, and offers as pcap. Bytes are
 * kept as they came, because masking every message would cost the calls; nothing leaves here unmasked but what `last`
 * gives, for the export to a capture server.
 */

import { maskMessage } from "./mask_message.ts";
import { TraceRing } from "./trace_ring.ts";
import { filing, numberOf, type TracedMessage, type TracedPath } from "./traced_message.ts";

export interface TraceLimits {
  /** Bytes of messages of calls, and of everything else (REGISTER, OPTIONS …), each for itself. */
  readonly maxBytes: number;
  readonly maxMessages: number;
  /** Messages of one call: the first and the last halves are kept. */
  readonly maxMessagesPerCall: number;
}

export const TRACE_LIMITS: TraceLimits = {
  maxBytes: 12_000_000,
  maxMessages: 12_000,
  maxMessagesPerCall: 400,
};

/** Methods that make or belong to a call. Everything else is kept apart, so that registrations push out no call. */
const CALL_METHODS: ReadonlySet<string> = new Set([
  "INVITE",
  "ACK",
  "BYE",
  "CANCEL",
  "PRACK",
  "UPDATE",
  "INFO",
  "REFER",
  "NOTIFY",
]);

const SLAB_BYTES = 131_072;

export class SipTrace {
  readonly #calls: CallMessages;
  readonly #others: TraceRing;
  readonly #listeners = new Set<(message: TracedMessage) => void>();
  #sequence = 0;
  #slab = new Uint8Array(SLAB_BYTES);
  #used = 0;
  #lastPath: { readonly of: TracedPath; readonly kept: TracedPath } | undefined;
  #isLastOfCall = false;
  #last: TracedMessage | undefined;

  constructor(limits: Partial<TraceLimits> = {}) {
    const complete = { ...TRACE_LIMITS, ...limits };
    this.#calls = new CallMessages(complete);
    this.#others = new TraceRing(complete);
  }

  /** Keeps a copy of one message. */
  add(
    at: number,
    direction: "in" | "out",
    message: { readonly bytes: Uint8Array; readonly path: TracedPath },
  ): void {
    const { bytes } = message, path = this.#pathOf(message.path), sequence = this.#sequence++;
    const filed = filing(bytes);
    this.#isLastOfCall = typeof filed !== "number" && CALL_METHODS.has(filed.method);
    if (typeof filed !== "number" && this.#isLastOfCall) {
      this.#last = { sequence, at, direction, path, bytes: this.#keep(bytes) };
      this.#calls.add(filed.callId, this.#last);
    } else {
      this.#last = { sequence, at, direction, path, bytes };
      this.#others.add(typeof filed === "number" ? filed : numberOf(filed.callId), this.#last);
    }
    if (this.#listeners.size === 0) return;
    const masked = mask(this.#last);
    for (const listener of this.#listeners) listener(masked);
  }

  /** The message that was added just now, unmasked; its bytes are not to be changed. */
  last(): TracedMessage | undefined {
    const last = this.#last;
    return last && (this.#isLastOfCall ? last : { ...last, bytes: last.bytes.slice() });
  }

  /** Without what else a flow may hold; mostly the same again. */
  #pathOf(path: TracedPath): TracedPath {
    if (this.#lastPath?.of !== path) {
      const { transport, local, remote } = path;
      this.#lastPath = { of: path, kept: { transport, local, remote } };
    }
    return this.#lastPath.kept;
  }

  /** A copy within a slab: messages of one time are forgotten at one time, and one large buffer costs less than many. */
  #keep(bytes: Uint8Array): Uint8Array {
    if (bytes.length > SLAB_BYTES / 8) return bytes.slice();
    if (this.#used + bytes.length > SLAB_BYTES) {
      this.#slab = new Uint8Array(SLAB_BYTES);
      this.#used = 0;
    }
    const kept = this.#slab.subarray(this.#used, this.#used + bytes.length);
    kept.set(bytes);
    this.#used += bytes.length;
    return kept;
  }

  /** The messages of these dialogs in the order they passed, secrets masked. */
  messagesOf(callIds: Iterable<string>): readonly TracedMessage[] {
    const found: TracedMessage[] = [];
    const wanted = new Set(callIds);
    for (const callId of wanted) found.push(...this.#calls.of(callId));
    found.push(...this.#others.of(wanted));
    return found.sort((a, b) => a.sequence - b.sequence).map(mask);
  }

  /** The newest messages of all kinds, oldest of them first, secrets masked. */
  recent(limit: number): readonly TracedMessage[] {
    return [...this.#calls.all(), ...this.#others.newest(limit)].sort((a, b) => a.sequence - b.sequence)
      .slice(-limit)
      .map(mask);
  }

  /** Hears every message from now on, masked, until the function returned is called. */
  listen(listener: (message: TracedMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Live sizes for status and leak tests. */
  sizes(): { messages: number; bytes: number; calls: number } {
    return {
      messages: this.#calls.messages + this.#others.messages,
      bytes: this.#calls.bytes + this.#others.bytes,
      calls: this.#calls.dialogs,
    };
  }
}

/** Messages by Call-ID; the dialog that has been silent for longest is forgotten whole. */
class CallMessages {
  readonly #limits: TraceLimits;
  readonly #dialogs = new Map<string, TracedMessage[]>();
  messages = 0;
  bytes = 0;

  constructor(limits: TraceLimits) {
    this.#limits = limits;
  }

  get dialogs(): number {
    return this.#dialogs.size;
  }

  of(callId: string): readonly TracedMessage[] {
    return this.#dialogs.get(callId) ?? [];
  }

  *all(): Generator<TracedMessage> {
    for (const dialog of this.#dialogs.values()) yield* dialog;
  }

  add(callId: string, message: TracedMessage): void {
    const dialog = this.#dialogs.get(callId) ?? [];
    // Set again at the young end.
    this.#dialogs.delete(callId);
    this.#dialogs.set(callId, dialog);
    dialog.push(message);
    this.messages++;
    this.bytes += message.bytes.length;
    const { maxMessagesPerCall, maxMessages, maxBytes } = this.#limits;
    if (dialog.length > maxMessagesPerCall) this.#drop(dialog.splice(maxMessagesPerCall >> 1, 1));
    while (this.messages > maxMessages || this.bytes > maxBytes) {
      const [oldest] = this.#dialogs;
      if (!oldest) return;
      this.#dialogs.delete(oldest[0]);
      this.#drop(oldest[1]);
    }
  }

  #drop(messages: readonly TracedMessage[]): void {
    this.messages -= messages.length;
    for (const { bytes } of messages) this.bytes -= bytes.length;
  }
}

function mask(message: TracedMessage): TracedMessage {
  return { ...message, bytes: maskMessage(message.bytes) };
}
