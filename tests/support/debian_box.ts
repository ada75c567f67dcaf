/** A Debian machine in namespaces of this one, driven by `debian_box.sh`: an installation as an administrator does it. */

const SCRIPT = new URL("debian_box.sh", import.meta.url).pathname;
/** Where the tree lies between runs; a new number when the script builds another one. */
const TREE = "/var/cache/sipedge-tests/trixie-1";
const NETWORK = "198.18.71";

export interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly error: string;
}

export class DebianBox implements AsyncDisposable {
  /** Its address, and those that phones may take on the cable to it. */
  static readonly address = `${NETWORK}.2`;
  static readonly outside: readonly [string, string] = [`${NETWORK}.11`, `${NETWORK}.12`];

  readonly #run: string;
  readonly #process: Deno.ChildProcess;

  private constructor(run: string, process: Deno.ChildProcess) {
    this.#run = run;
    this.#process = process;
  }

  /** Why there can be none on this machine; undefined when there can. Builds the tree where it is missing. */
  static async obstacle(): Promise<string | undefined> {
    if (Deno.uid() !== 0) return "this needs root";
    const spaces = ["--pid", "--fork", "--mount", "--uts", "--ipc", "--cgroup", "--net"];
    const cable = "ip link add name sbtry type veth";
    const tried = await run("unshare", [...spaces, "sh", "-c", cable]).catch(() => undefined);
    if (tried?.code !== 0) return `no namespaces for a machine here: ${tried?.error.trim() ?? "no unshare"}`;
    const made = await run("sh", [SCRIPT, "make", TREE]);
    return made.code === 0 ? undefined : made.error.trim();
  }

  static async boot(): Promise<DebianBox> {
    const folder = `${await Deno.makeTempDir({ prefix: "sipedge-box-" })}/run`;
    const process = new Deno.Command("sh", {
      args: [SCRIPT, "boot", TREE, folder, NETWORK],
      stdin: "null",
      stdout: "null",
      stderr: "inherit",
    }).spawn();
    const box = new DebianBox(folder, process);
    const up = await run("sh", [SCRIPT, "wait", folder]);
    if (up.code === 0) return box;
    await box.off();
    throw new Error(up.error);
  }

  /** A path of the machine, as we see it. */
  path(inside: string): string {
    return `${this.#run}/root${inside}`;
  }

  /** Runs a command in it, as root. */
  run(...command: string[]): Promise<Outcome> {
    return run("sh", [SCRIPT, "exec", this.#run, ...command]);
  }

  /** The same; throws with everything it said unless it ends with 0. */
  async do(...command: string[]): Promise<string> {
    const { code, output, error } = await this.run(...command);
    if (code === 0) return output.trim();
    throw new Error(`${command.join(" ")} ended with ${code}\n${output}${error}`);
  }

  /** Repeats a command until `isDone` likes its output. */
  async until(isDone: (output: string) => boolean, ...command: string[]): Promise<string> {
    for (let i = 0; i < 200; i++) {
      const { output } = await this.run(...command);
      if (isDone(output.trim())) return output.trim();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`${command.join(" ")}: what was waited for did not come`);
  }

  /** Switched off; what it wrote is gone. */
  async off(): Promise<void> {
    const { code, error } = await run("sh", [SCRIPT, "stop", this.#run]);
    await this.#process.status;
    if (code !== 0) throw new Error(error);
    await Deno.remove(this.#run.slice(0, this.#run.lastIndexOf("/")));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.off();
  }
}

/** Runs a command of this machine. */
export async function run(program: string, args: readonly string[]): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command(program, { args: [...args], stdin: "null" })
    .output();
  return { code, output: new TextDecoder().decode(stdout), error: new TextDecoder().decode(stderr) };
}
