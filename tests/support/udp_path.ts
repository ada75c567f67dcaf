/** A stretch of network between a phone and the server that loses, doubles and delays exactly what a test says. */

export interface Passing {
  readonly text: string;
  readonly towards: "server" | "phone";
  /** `INVITE`, `200 INVITE`: method, or status with the method of CSeq. */
  readonly name: string;
  /** How many of this name and direction came before. */
  readonly before: number;
}

/** `lateMs`: how much later it arrives; `againMs`: it arrives at once, and again that much later. */
export type Fate =
  | "pass"
  | "lose"
  | "double"
  | { readonly lateMs: number }
  | { readonly againMs: number };

export class UdpPath implements AsyncDisposable {
  readonly passed: Passing[] = [];
  readonly #near: Deno.DatagramConn;
  readonly #far: Deno.DatagramConn;
  readonly #server: Deno.NetAddr;
  readonly #fate: (passing: Passing) => Fate;
  readonly #running: Promise<void>[];
  readonly #late = new Set<ReturnType<typeof setTimeout>>();
  #phone: Deno.Addr | undefined;

  /** `near` is where the phone sends to, `far` where the server sees it come from. */
  constructor(options: {
    near: { hostname: string; port: number };
    far: { hostname: string; port: number };
    server: { hostname: string; port: number };
    fate: (passing: Passing) => Fate;
  }) {
    this.#near = Deno.listenDatagram({ transport: "udp", ...options.near });
    this.#far = Deno.listenDatagram({ transport: "udp", ...options.far });
    this.#server = { transport: "udp", ...options.server };
    this.#fate = options.fate;
    this.#running = [this.#carry(this.#near, "server"), this.#carry(this.#far, "phone")];
  }

  /** How often `name` came towards `towards`, whatever became of it. */
  count(name: string, towards: Passing["towards"]): number {
    return this.passed.filter((one) => one.name === name && one.towards === towards).length;
  }

  async #carry(from: Deno.DatagramConn, towards: Passing["towards"]): Promise<void> {
    for await (const [bytes, address] of from) {
      if (towards === "server") this.#phone = address;
      const text = new TextDecoder().decode(bytes);
      const name = nameOf(text);
      const passing = { text, towards, name, before: this.count(name, towards) };
      this.passed.push(passing);
      const fate = this.#fate(passing);
      const copy = bytes.slice();
      if (fate === "lose") continue;
      if (typeof fate === "object") this.#deliverLater(copy, { towards, ...fate });
      if (typeof fate === "object" && "lateMs" in fate) continue;
      await this.#deliver(copy, towards);
      if (fate === "double") await this.#deliver(copy, towards);
    }
  }

  #deliverLater(
    bytes: Uint8Array,
    how: { towards: Passing["towards"]; lateMs?: number; againMs?: number },
  ): void {
    const timer = setTimeout(() => {
      this.#late.delete(timer);
      void this.#deliver(bytes, how.towards);
    }, how.lateMs ?? how.againMs);
    this.#late.add(timer);
  }

  async #deliver(bytes: Uint8Array, towards: Passing["towards"]): Promise<void> {
    if (towards === "server") await this.#far.send(bytes, this.#server);
    else if (this.#phone) await this.#near.send(bytes, this.#phone).catch(() => 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#late) clearTimeout(timer);
    this.#near.close();
    this.#far.close();
    await Promise.all(this.#running);
  }
}

function nameOf(text: string): string {
  const method = /^CSeq:\s*\d+\s+(\w+)/im.exec(text)?.[1] ?? "";
  const status = /^SIP\/2\.0 (\d{3})/.exec(text)?.[1];
  return status === undefined ? method : `${status} ${method}`;
}
