/** The real server as a process of its own, with a configuration made for one test. */

import { stringify } from "yaml";
import { ENGINE_FLAGS } from "./engine_flags.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const FROM_SOURCE: readonly string[] = [Deno.execPath(), "run", ...ENGINE_FLAGS, "-A", MAIN];
/** What a shell ignores, the program it becomes ignores, too (signal(7)). */
const IGNORING_FILE_LIMIT: readonly string[] = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"];
const DECODER = new TextDecoder();

export interface TestServerOptions {
  /** Its own loopback address, so that several can stand side by side. */
  readonly address: string;
  readonly mediaPorts: string;
  readonly domain?: string;
  readonly extensions: readonly Record<string, unknown>[];
  /** Merged into the domain: huntGroups, rooms, lines, rules. */
  readonly office?: Record<string, unknown>;
  /** Merged into the file: security, sip, media. */
  readonly settings?: Record<string, unknown>;
  /** A data folder that outlives the server, for restarts. */
  readonly data?: string;
  /** More words for `serve`, such as `--trace`. */
  readonly flags?: readonly string[];
  /** True for a server whose files will be kept from growing: it is told by an error, not by the signal that ends it. */
  readonly ignoresFileLimit?: boolean;
  /** An executable that was built, instead of the sources. */
  readonly program?: string;
  /** Variables of its environment, beside those of the test. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface CommandOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class TestServer implements AsyncDisposable {
  readonly address: string;
  readonly domain: string;
  readonly data: string;
  readonly configFile: string;
  readonly #process: Deno.ChildProcess;
  readonly #command: readonly string[];
  readonly #isTemporary: boolean;
  #log = "";
  readonly #reading: Promise<void>[];
  #stopped = false;

  private constructor(
    options: TestServerOptions,
    place: { data: string; configFile: string; process: Deno.ChildProcess },
  ) {
    this.address = options.address;
    this.domain = options.domain ?? "office.example";
    this.data = place.data;
    this.configFile = place.configFile;
    this.#command = commandOf(options);
    this.#isTemporary = options.data === undefined;
    this.#process = place.process;
    this.#reading = [this.#read(place.process.stdout), this.#read(place.process.stderr)];
  }

  static async start(options: TestServerOptions): Promise<TestServer> {
    const data = options.data ?? await Deno.makeTempDir({ prefix: "sipedge-test-" });
    const configFile = `${data}/sipedge.yaml`;
    const { address } = options;
    const domain = options.domain ?? "office.example";
    await Deno.writeTextFile(
      configFile,
      stringify({
        listen: {
          sip: [`udp://${address}:5060`, `tcp://${address}:5060`, `tls://${address}:5061`],
          web: `http://${address}:8080`,
        },
        ...options.settings,
        server: { data, ...(options.settings?.server as Record<string, unknown> | undefined) },
        media: {
          ports: options.mediaPorts,
          ...(options.settings?.media as Record<string, unknown> | undefined),
        },
        domains: [{ name: domain, extensions: options.extensions, ...options.office }],
      }),
    );
    const [program, ...args] = [
      ...(options.ignoresFileLimit ? IGNORING_FILE_LIMIT : []),
      ...commandOf(options),
    ];
    const process = new Deno.Command(program!, {
      args: [...args, "serve", "--config", configFile, ...options.flags ?? []],
      ...(options.env && { env: options.env }),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const server = new TestServer(options, { data, configFile, process });
    await server.#untilUp();
    return server;
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const bytes of stream) this.#log += DECODER.decode(bytes);
  }

  async #untilUp(): Promise<void> {
    for (let i = 0; i < 200; i++) {
      const connection = await Deno.connect({ hostname: this.address, port: 5061 }).catch(() => undefined);
      if (connection) return connection.close();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`The server did not come up:\n${this.#log}`);
  }

  get log(): string {
    return this.#log;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Runs a command of the shell against this server. */
  command(...args: string[]): Promise<CommandOutput> {
    return this.run(...args, "--config", this.configFile);
  }

  /** Runs a command that knows nothing of this server. */
  async run(...args: string[]): Promise<CommandOutput> {
    const [program, ...first] = this.#command;
    const output = await new Deno.Command(program!, {
      args: [...first, ...args],
      stdin: "null",
    }).output();
    return {
      code: output.code,
      stdout: DECODER.decode(output.stdout),
      stderr: DECODER.decode(output.stderr),
    };
  }

  async stop(signal: Deno.Signal = "SIGTERM"): Promise<number> {
    if (!this.#stopped) {
      this.#stopped = true;
      this.#process.kill(signal);
    }
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 8000);
    const { code } = await this.#process.status;
    clearTimeout(timer);
    await Promise.all(this.#reading);
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if (this.#isTemporary) await Deno.remove(this.data, { recursive: true }).catch(() => undefined);
  }
}

function commandOf({ program }: TestServerOptions): readonly string[] {
  return program === undefined ? FROM_SOURCE : [program];
}
