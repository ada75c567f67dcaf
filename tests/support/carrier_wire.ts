/** A carrier of one UDP socket that writes down every byte: for what has to be seen on the wire. */

import {
  createResponse,
  parseMessage,
  printMessage,
  type SipMessage,
  type SipRequest,
  tagOf,
  to,
} from "../../src/sip/message/mod.ts";

const DECODER = new TextDecoder();

export interface WireMessage {
  /** As it came. */
  readonly text: string;
  readonly message: SipMessage;
}

export class WireCarrier implements Disposable {
  readonly address: string;
  readonly received: WireMessage[] = [];
  /** Asks REGISTER and INVITE for digest; whether the answer is right, other tests look at. */
  realm: string | undefined;
  /** Silent from now on, as a host that died. */
  isDead = false;
  readonly #socket: Deno.DatagramConn;
  readonly #waiting = new Set<() => void>();
  readonly #serving: Promise<void>;

  constructor(address: string) {
    this.address = address;
    this.#socket = Deno.listenDatagram({ transport: "udp", hostname: address, port: 5060 });
    this.#serving = this.#serve();
  }

  /** First lines of the requests of `method`, as they stood on the wire. */
  requestLines(method: string): string[] {
    return this.received.map(({ text }) => text.split("\r\n", 1)[0]!).filter((line) =>
      line.startsWith(`${method} `)
    );
  }

  requests(method: string): SipRequest[] {
    return this.received.flatMap(({ message }) =>
      message.kind === "request" && message.method === method ? [message] : []
    );
  }

  /** Status codes of the responses that came. */
  get statuses(): number[] {
    return this.received.flatMap(({ message }) => message.kind === "response" ? [message.statusCode] : []);
  }

  async until(condition: () => boolean, ms = 8000): Promise<void> {
    const end = Date.now() + ms;
    while (!condition()) {
      const left = end - Date.now();
      if (left <= 0) {
        throw new Error(
          `Nothing came that was waited for:\n${this.received.map(({ text }) => text).join("\n")}`,
        );
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, left);
        const waiting = this.#waiting;
        function done() {
          clearTimeout(timer);
          waiting.delete(done);
          resolve();
        }
        waiting.add(done);
      });
    }
  }

  /** Sends text as it stands; lines may end in LF. */
  async send(text: string, host: string, port = 5060): Promise<void> {
    const bytes = new TextEncoder().encode(text.replace(/\r?\n/g, "\r\n"));
    await this.#socket.send(bytes, { transport: "udp", hostname: host, port });
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  /** Resolves when the socket has been closed. */
  get closed(): Promise<void> {
    return this.#serving;
  }

  async #serve(): Promise<void> {
    try {
      for await (const [bytes, from] of this.#socket) {
        const parsed = parseMessage(bytes.slice());
        if (!parsed.ok || this.isDead) continue;
        this.received.push({ text: DECODER.decode(bytes), message: parsed.value });
        if (parsed.value.kind === "request") await this.#answer(parsed.value, from);
        for (const wake of [...this.#waiting]) wake();
      }
    } catch { /* closed */ }
  }

  async #answer(request: SipRequest, from: Deno.Addr): Promise<void> {
    const { method } = request;
    if (method === "ACK") return;
    const mustProve = this.realm !== undefined && (method === "REGISTER" || method === "INVITE") &&
      !request.headers.has("Authorization");
    const response = createResponse(request, mustProve ? 401 : 200, undefined, {
      toTag: tagOf(to(request)) ?? "wire",
    });
    const { headers } = response;
    if (mustProve) {
      headers.append(
        "WWW-Authenticate",
        `Digest realm="${this.realm}", nonce="n0nce", algorithm=MD5, qop="auth"`,
      );
    } else if (method === "REGISTER") {
      headers.append("Contact", `${request.headers.get("Contact")};expires=600`);
    } else if (method === "INVITE") headers.append("Contact", `<sip:${this.address}>`);
    const isCall = method === "INVITE" && !mustProve;
    if (isCall) headers.set("Content-Type", "application/sdp");
    const body = isCall ? answerSdp(this.address) : response.body;
    await this.#socket.send(printMessage({ ...response, body }), from);
  }
}

function answerSdp(address: string): Uint8Array {
  const lines = [
    "v=0",
    `o=- 1 1 IN IP4 ${address}`,
    "s=-",
    `c=IN IP4 ${address}`,
    "t=0 0",
    "m=audio 37490 RTP/AVP 8",
    "",
  ];
  return new TextEncoder().encode(lines.join("\r\n"));
}
