/** Our server as a process of the SIP bench. */

import { stringify } from "yaml";
import { ENGINE_FLAGS } from "../support/engine_flags.ts";
import { cpuSeconds, memoryMb } from "./bench_process.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

export const DOMAIN = "office.example";
export const PASSWORD = "bench-secret";

export interface ServerUnderTest {
  readonly name: string;
  readonly address: string;
  /** Seconds of CPU of all its processes. */
  cpuSeconds(): number;
  memoryMb(): number;
  stop(): Promise<void>;
}

export interface SipedgeOptions {
  readonly address: string;
  readonly core?: number;
  readonly extensions: readonly string[];
  readonly mediaPorts?: string;
  /** Flags of the runtime, for profiles. */
  readonly flags?: readonly string[];
}

export class Sipedge implements ServerUnderTest {
  readonly name = "sipedge";
  readonly address: string;
  readonly #data: string;
  /** From the start of the process until all listeners are up. */
  readonly readyMs: number;
  get pid(): number {
    return this.#process.pid;
  }
  readonly #process: Deno.ChildProcess;

  private constructor(
    options: SipedgeOptions,
    parts: { process: Deno.ChildProcess; data: string; readyMs: number },
  ) {
    this.address = options.address;
    this.#data = parts.data;
    this.readyMs = parts.readyMs;
    this.#process = parts.process;
  }

  static async start(options: SipedgeOptions): Promise<Sipedge> {
    const { address, core, extensions, mediaPorts = "12000-65535", flags = ENGINE_FLAGS } = options;
    const data = await Deno.makeTempDir({ prefix: "sipedge-bench-" });
    const configFile = `${data}/sipedge.yaml`;
    await Deno.writeTextFile(
      configFile,
      stringify({
        server: { data },
        listen: { sip: [`udp://${address}:5060`, `tls://${address}:5061`], web: `http://${address}:8080` },
        media: { ports: mediaPorts, workers: 1 },
        // Phones that only SIPp plays do not answer keep-alives; all load comes from one address.
        sip: { keepAliveSeconds: 0 },
        security: { allow: ["127.0.0.0/8"] },
        domains: [{
          name: DOMAIN,
          extensions: extensions.map((number) => ({
            number,
            name: number,
            password: PASSWORD,
            maxCalls: 100,
          })),
        }],
      }),
    );
    const pinned = core === undefined ? [] : ["taskset", "-c", String(core)];
    const words = [...pinned, Deno.execPath(), "run", ...flags, "-A", MAIN, "serve", "--config", configFile];
    const startedAt = performance.now();
    const process = new Deno.Command(words[0]!, {
      args: words.slice(1),
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    await untilHealthy(`http://${address}:8080/healthz`);
    return new Sipedge(options, { process, data, readyMs: performance.now() - startedAt });
  }

  cpuSeconds(): number {
    return cpuSeconds(this.#process.pid);
  }

  memoryMb(): number {
    return memoryMb(this.#process.pid);
  }

  async stop(): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#process.status;
    await Deno.remove(this.#data, { recursive: true });
  }
}

async function untilHealthy(url: string): Promise<void> {
  for (let tried = 0; tried < 3000; tried++) {
    const response = await fetch(url).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`Cannot reach ${url}: the server did not come up`);
}

/** Asks by OPTIONS over UDP until something answers. */
export async function untilAnswering(host: string): Promise<void> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  const answered = socket.receive().then(() => true);
  try {
    for (let tried = 0; tried < 3000; tried++) {
      const request = [
        `OPTIONS sip:${host} SIP/2.0`,
        `Via: SIP/2.0/UDP 127.0.0.1:${port};rport;branch=z9hG4bK-ready-${tried}`,
        "Max-Forwards: 70",
        "From: <sip:bench@office.example>;tag=1",
        `To: <sip:${host}>`,
        `Call-ID: ready-${tried}`,
        "CSeq: 1 OPTIONS",
        "Content-Length: 0",
      ];
      const bytes = new TextEncoder().encode(`${request.join("\r\n")}\r\n\r\n`);
      await socket.send(bytes, { transport: "udp", hostname: host, port: 5060 }).catch(() => 0);
      const wait = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 10));
      if (await Promise.race([answered, wait])) return;
    }
  } finally {
    socket.close();
  }
  throw new Error(`Cannot reach ${host}: the server did not come up`);
}

/** Whether a command can be run at all. */
export async function isInstalled(command: string): Promise<boolean> {
  try {
    await new Deno.Command(command, { args: ["-v"], stdin: "null", stdout: "null", stderr: "null" }).output();
    return true;
  } catch {
    return false;
  }
}
