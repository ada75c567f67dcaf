/** rtpengine as a process of the media bench, driven by its ng protocol: a cookie and a bencoded dictionary over UDP. */
import { benchKey } from "./bench_key.ts";
import { cpuSeconds } from "./bench_process.ts";
import type { RelayPorts, RelayRequest } from "./media_relay_process.ts";

type Bencoded = string | number | readonly Bencoded[] | { readonly [key: string]: Bencoded };

/** Another for each run, so that two at once do not answer for one another. */
const NG_PORT = 22_000 + Deno.pid % 1000;
const TRIES = 50;

/** Text of a value; dictionaries with their keys in order. */
export function bencode(value: Bencoded): string {
  if (typeof value === "string") return `${new TextEncoder().encode(value).length}:${value}`;
  if (typeof value === "number") return `i${value}e`;
  if (Array.isArray(value)) return `l${value.map(bencode).join("")}e`;
  const entries = Object.entries(value).toSorted(([a], [b]) => a < b ? -1 : 1);
  return `d${entries.map(([key, item]) => bencode(key) + bencode(item)).join("")}e`;
}

/** The value that `text` (ASCII) holds. */
export function bdecode(text: string): Bencoded {
  let at = 0;
  const read = (): Bencoded => {
    const kind = text[at];
    if (kind === "i") {
      const end = text.indexOf("e", at), value = Number(text.slice(at + 1, end));
      at = end + 1;
      return value;
    }
    if (kind === "l" || kind === "d") {
      const items: Bencoded[] = [];
      for (at++; text[at] !== "e";) items.push(read());
      at++;
      if (kind === "l") return items;
      return Object.fromEntries(items.flatMap((key, i) => i % 2 ? [] : [[key as string, items[i + 1]!]]));
    }
    const colon = text.indexOf(":", at), length = Number(text.slice(at, colon));
    if (!Number.isInteger(length)) throw new SyntaxError(`Cannot read bencoded text at ${at}`);
    at = colon + 1 + length;
    return text.slice(colon + 1, at);
  };
  return read();
}

export class Rtpengine {
  readonly #child: Deno.ChildProcess;
  readonly #socket: Deno.DatagramConn;
  #cookie = 0;
  readonly #calls: string[] = [];

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  }

  /** Undefined when it is not installed or does not answer. */
  static async start(core: number): Promise<Rtpengine | undefined> {
    const command = new Deno.Command("taskset", {
      args: [
        "-c",
        String(core),
        "rtpengine",
        "--foreground",
        "--table=-1",
        "--interface=127.0.0.1",
        `--listen-ng=127.0.0.1:${NG_PORT}`,
        "--port-min=40000",
        "--port-max=45000",
        "--log-level=2",
        "--log-stderr",
        "--num-threads=2",
        "--dtls-rsa-key-size=2048",
      ],
      stdout: "null",
      stderr: "null",
    });
    try {
      const engine = new Rtpengine(command.spawn());
      for (let tried = 0; tried < TRIES; tried++) {
        if (await engine.#ask({ command: "ping" }).catch(() => undefined)) return engine;
      }
      await engine.stop();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    return undefined;
  }

  cpuSeconds(): number {
    return cpuSeconds(this.#child.pid);
  }

  /** One call for each pair of ports; callers encrypted when they have a key. */
  async build(request: RelayRequest): Promise<RelayPorts> {
    const ports: number[] = [], backPorts: number[] = [];
    // At once: by default it keeps the ports of a call for half a minute.
    for (const id of this.#calls.splice(0)) {
      await this.#ask({ command: "delete", "call-id": id, "from-tag": "a", "delete-delay": 0 });
    }
    for (const [i, from] of request.from.entries()) {
      const id = `bench-${crypto.randomUUID()}`, call = { "call-id": id, "from-tag": "a", ICE: "remove" };
      this.#calls.push(id);
      const { callerSeed } = request;
      const offer = await this.#ask({
        ...call,
        command: "offer",
        sdp: sdp(from, callerSeed === undefined ? undefined : benchKey(callerSeed, i).keyAndSalt),
        "transport-protocol": "RTP/AVP",
      });
      const answer = await this.#ask({
        ...call,
        command: "answer",
        "to-tag": "b",
        sdp: sdp(request.to[i]!, undefined),
      });
      backPorts.push(portIn(offer));
      ports.push(portIn(answer));
    }
    return { ports, backPorts };
  }

  async stop(): Promise<void> {
    this.#socket.close();
    this.#child.kill("SIGTERM");
    await this.#child.status;
  }

  async #ask(request: { readonly [key: string]: Bencoded }): Promise<{ readonly [key: string]: Bencoded }> {
    const cookie = `c${this.#cookie++}`;
    const target = { transport: "udp", hostname: "127.0.0.1", port: NG_PORT } as const;
    await this.#socket.send(new TextEncoder().encode(`${cookie} ${bencode(request)}`), target);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("Cannot reach rtpengine: no answer")), 200);
    });
    try {
      const [bytes] = await Promise.race([this.#socket.receive(), tooLate]);
      const text = new TextDecoder().decode(bytes);
      return bdecode(text.slice(text.indexOf(" ") + 1)) as { readonly [key: string]: Bencoded };
    } finally {
      clearTimeout(timer);
    }
  }
}

function sdp(port: number, keyAndSalt: Uint8Array | undefined): string {
  const lines = [
    "v=0",
    "o=- 1 1 IN IP4 127.0.0.1",
    "s=-",
    "c=IN IP4 127.0.0.1",
    "t=0 0",
    `m=audio ${port} RTP/${keyAndSalt ? "SAVP" : "AVP"} 0`,
    "a=sendrecv",
  ];
  if (keyAndSalt) {
    lines.push(`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${btoa(String.fromCharCode(...keyAndSalt))}`);
  }
  return lines.map((line) => `${line}\r\n`).join("");
}

function portIn(answer: { readonly [key: string]: Bencoded }): number {
  const port = Number(/m=audio (\d+)/.exec(String(answer.sdp))?.[1]);
  if (!port) throw new Error(`Cannot open call at rtpengine: ${JSON.stringify(answer)}`);
  return port;
}
