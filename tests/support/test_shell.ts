/** A shell for tests: output kept, folders temporary, a server that only remembers. */

import { ok, type Result, seededRandom } from "../../src/base/mod.ts";
import type { Problem, Settings } from "../../src/config/mod.ts";
import { SystemClock } from "../../src/platform/mod.ts";
import type { RunningServer, ServerOptions, ServerStatus } from "../../src/app_types.ts";
import { runCommandLine, type Shell } from "../../src/commands/mod.ts";

export const STATUS: ServerStatus = {
  version: "1.2.3",
  processId: 4711,
  startedAt: 0,
  nowMs: 90_061_000,
  listeners: ["udp://127.0.0.1:5060"],
  certificates: [{ names: ["office.example"], expiresAt: 90_061_000 + 30 * 86_400_000 }],
  domains: [{
    name: "office.example",
    extensions: [{
      number: "100",
      name: "Al\u001b[31mice",
      enabled: true,
      inCall: false,
      devices: [{
        contact: "sip:100@192.0.2.1",
        transport: "tls",
        userAgent: "Phone",
        expiresAt: 90_121_000,
        isReachable: true,
      }],
    }, {
      number: "101",
      name: "Bob",
      enabled: true,
      inCall: false,
      devices: [{
        contact: "sip:101@192.0.2.2",
        transport: "udp",
        expiresAt: 90_121_000,
        isReachable: false,
      }],
    }],
    lines: [{ name: "carrier", kind: "register", state: "registered" }],
    groups: [{ number: "600", name: "Sales", members: 2, free: 1, waiting: 1, ringing: [] }],
    rooms: [{ number: "800", name: "", members: 0, capacity: 5 }],
  }],
  calls: { live: 1, sinceStart: 7 },
  bans: 0,
  mediaPorts: "20000-29999",
  memoryBytes: 100 * 1_048_576,
  warnings: ["the disk is full: free some space"],
};

export class FakeServer implements RunningServer {
  readonly reloads: Settings[] = [];
  readonly refusals: (readonly Problem[])[] = [];
  directoryChanges = 0;
  certificateChanges = 0;
  isStopped = false;

  readonly handlers: RunningServer["handlers"] = {
    status: () => STATUS,
    calls: () => [],
    records: () => Promise.resolve({ rows: [], total: 0 }),
    route: ({ from, dialled }) =>
      from !== "100" ? undefined : {
        domain: "office.example",
        from,
        dialled,
        isAllowed: dialled !== "999",
        kind: "outside",
        lines: [`rule\u001b 1 (${dialled}) is used`, "The call would be made"],
      },
    pass: () => undefined,
    directoryChanged: () => Promise.resolve(void this.directoryChanges++),
    certificatesChanged: () => Promise.resolve(void this.certificateChanges++),
    async *trace({ text }) {
      yield `INVITE sip:101@office.example SIP/2.0\r\nSubject: ${text ?? "all"}\u001b[2J\r\n`;
    },
  };

  constructor(readonly options: ServerOptions) {}

  reload(settings: Settings): void {
    this.reloads.push(settings);
  }

  refuse(problems: readonly Problem[]): void {
    this.refusals.push(problems);
  }

  stop(): Promise<void> {
    this.isStopped = true;
    return Promise.resolve();
  }

  isHealthy(): boolean {
    return true;
  }
}

export interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly error: string;
}

/** One temporary folder with everything commands touch. */
export class TestShell {
  readonly folder = Deno.makeTempDirSync();
  readonly clock = new SystemClock();
  readonly random = seededRandom(1);
  readonly variables = new Map<string, string>([["SIPEDGE_DATA", `${this.folder}/data`]]);
  readonly notes: string[] = [];
  /** Lines that wait on the standard input. */
  input: string[] = [];
  /** What `startServer` answers instead of a server. */
  startFault: string | undefined;
  server: FakeServer | undefined;
  request: (request: "reload" | "stop") => void = () => {};
  readonly #started = Promise.withResolvers<FakeServer>();

  /** Resolves when `serve` has started its server and listens for requests. */
  get started(): Promise<FakeServer> {
    return this.#started.promise;
  }

  file(name: string, contents: string): string {
    const path = `${this.folder}/${name}`;
    Deno.writeTextFileSync(path, contents);
    return path;
  }

  async run(...args: string[]): Promise<Outcome> {
    const written = { output: "", error: "" };
    const stream = (name: "output" | "error") => ({
      isTerminal: false,
      width: 80,
      write: (text: string) => void (written[name] += text),
    });
    const shell: Shell = {
      output: stream("output"),
      error: stream("error"),
      version: "1.2.3",
      folder: this.folder,
      clock: this.clock,
      random: this.random,
      variable: (name) => this.variables.get(name),
      readLine: () => this.input.shift(),
      readInput: () => this.input.splice(0).join("\n"),
      startServer: (options) => this.#start(options),
      onRequest: (handler) => {
        this.request = handler;
        if (this.server) this.#started.resolve(this.server);
        return () => this.request = () => {};
      },
      onFault: () => {},
      notifier: {
        notify: (state) => this.notes.push(state) > 0,
        watchdogMs: undefined,
        close() {},
      },
    };
    const code = await runCommandLine(args, shell);
    return { code, ...written };
  }

  #start(options: ServerOptions): Promise<Result<RunningServer, string>> {
    if (this.startFault !== undefined) return Promise.resolve({ ok: false, error: this.startFault });
    this.server = new FakeServer(options);
    return Promise.resolve(ok(this.server));
  }

  dispose(): void {
    this.clock.stop();
    Deno.removeSync(this.folder, { recursive: true });
  }
}

/** A test with its own shell. */
export function testCommand(promise: string, body: (shell: TestShell) => Promise<void>): void {
  Deno.test(promise, async () => {
    const shell = new TestShell();
    try {
      await body(shell);
    } finally {
      shell.dispose();
    }
  });
}
