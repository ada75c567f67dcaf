/** SIPp as a process: runs one scenario, writes down every message, says whether all went as written. */

import { type Callee, Caller, type Content, type Person } from "./sipp_script.ts";

export interface SippOptions {
  /** Its own loopback address and port. */
  readonly address: string;
  readonly port: number;
  /** `127.0.0.100:5060`, or a path in between. */
  readonly server: string;
  readonly transport?: "udp" | "tcp";
  readonly timeoutSec?: number;
  /** More flags of SIPp. */
  readonly flags?: readonly string[];
}

export interface SippMessage {
  readonly direction: "sent" | "received";
  readonly text: string;
  /** `INVITE`, `180 INVITE`: method, or status with the method of CSeq. */
  readonly name: string;
}

export interface SippResult {
  readonly ok: boolean;
  readonly messages: readonly SippMessage[];
  readonly errors: string;
}

const DECODER = new TextDecoder();

export async function hasSipp(): Promise<boolean> {
  try {
    return (await new Deno.Command("sipp", { args: ["-v"], stdin: "null" }).output()).stdout.length > 0;
  } catch {
    return false;
  }
}

export class Sipp {
  /** Settles when the scenario is over, one way or the other. */
  readonly done: Promise<SippResult>;
  readonly #name: string;

  private constructor(name: string, done: Promise<SippResult>) {
    this.#name = name;
    this.done = done;
  }

  /** Starts `script` and returns once its socket is open. */
  static async start(name: string, script: Caller | Callee, options: SippOptions): Promise<Sipp> {
    const folder = await Deno.makeTempDir({ prefix: "sipp-" });
    await Deno.writeTextFile(`${folder}/scenario.xml`, script.xml(name));
    const { address, port, server, transport = "udp", timeoutSec = 20, flags = [] } = options;
    const process = new Deno.Command("sipp", {
      args: [
        server,
        ...["-sf", `${folder}/scenario.xml`, "-i", address, "-p", String(port), "-mi", address],
        ...["-mp", String(mediaPort(port)), "-m", "1", "-t", transport === "tcp" ? "t1" : "u1", "-nostdin"],
        ...["-timeout", `${timeoutSec}s`, "-timeout_error", "-recv_timeout", String(timeoutSec * 1000)],
        ...[
          "-trace_msg",
          "-message_file",
          `${folder}/messages`,
          "-trace_err",
          "-error_file",
          `${folder}/errors`,
        ],
        ...flags,
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const sipp = new Sipp(name, finish(process, folder));
    await untilBound(address, port);
    return sipp;
  }

  /** The messages, or an error with all of them when the scenario did not go as written. */
  async passed(): Promise<readonly SippMessage[]> {
    const { ok, messages, errors } = await this.done;
    if (ok) return messages;
    const ladder = messages.map(({ direction, text }) => `${direction}\n${text}`).join("\n");
    throw new Error(`SIPp ${this.#name}: not as written\n${errors}\n${ladder}`);
  }
}

/** Registers `who` from `address:port`, where a callee may then wait. */
export async function registerSipp(
  who: Person,
  options: SippOptions & { content?: Content },
): Promise<readonly SippMessage[]> {
  const { content, ...rest } = options;
  const sipp = await Sipp.start(`register ${who.user}`, new Caller(who).register(content), rest);
  return await sipp.passed();
}

async function finish(process: Deno.ChildProcess, folder: string): Promise<SippResult> {
  const { code, stderr } = await process.output();
  const read = (name: string) => Deno.readTextFile(`${folder}/${name}`).catch(() => "");
  const messages = readMessages(await read("messages"));
  const errors = `${await read("errors")}${DECODER.decode(stderr)}`;
  await Deno.remove(folder, { recursive: true });
  return { ok: code === 0, messages, errors };
}

/** Reads SIPp's message log. */
function readMessages(log: string): SippMessage[] {
  const messages: SippMessage[] = [];
  for (const part of log.split(/^-{20,}.*\r?\n/m)) {
    const head = /^\w+ message (sent|received)[^\n]*\n\r?\n?/.exec(part);
    if (!head) continue;
    const text = part.slice(head[0].length).replace(/^\s+/, "");
    const method = /^CSeq:\s*\d+\s+(\w+)/im.exec(text)?.[1] ?? "";
    const status = /^SIP\/2\.0 (\d{3})/.exec(text)?.[1];
    messages.push({
      direction: head[1] as "sent" | "received",
      text,
      name: status === undefined ? method : `${status} ${method}`,
    });
  }
  return messages;
}

/** SIPp opens several ports for media even where no scenario sends any. */
function mediaPort(port: number): number {
  return 8000 + 50 * (port % 400);
}

/** SIPp says nothing when it is ready; the kernel's list of UDP sockets does. */
async function untilBound(address: string, port: number): Promise<void> {
  const hexAddress = address.split(".").map((part) => Number(part).toString(16).padStart(2, "0"))
    .toReversed();
  const wanted = `${hexAddress.join("")}:${port.toString(16).padStart(4, "0")}`.toUpperCase();
  for (let i = 0; i < 100; i++) {
    const [udp, tcp] = await Promise.all(
      ["udp", "tcp"].map((name) => Deno.readTextFile(`/proc/net/${name}`)),
    );
    if (udp!.includes(wanted) || tcp!.includes(wanted)) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
