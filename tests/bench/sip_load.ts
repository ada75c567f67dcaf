/** SIPp as the load of a bench: many registrations or calls at a rate, and how many of them went well. */

const FOLDER = new URL("../data/sipp/", import.meta.url).pathname;

export interface Load {
  readonly scenario: "register" | "call" | "answer";
  readonly server: string;
  readonly address: string;
  readonly port: number;
  /** Core it runs on; absent: any. */
  readonly core?: number;
  /** Lines of fields, taken in turn. */
  readonly fields?: readonly string[];
  /** Begun each second. */
  readonly rate?: number;
  readonly count?: number;
  /** How long a call is held. */
  readonly holdMs?: number;
  /** At most so many at once; a generator that falls behind stops there. */
  readonly limit?: number;
}

export interface LoadResult {
  readonly ok: number;
  readonly failed: number;
  readonly retransmissions: number;
  readonly seconds: number;
}

export class SipLoad {
  readonly #process: Deno.ChildProcess;
  readonly #folder: string;

  private constructor(process: Deno.ChildProcess, folder: string) {
    this.#process = process;
    this.#folder = folder;
  }

  static async start(load: Load): Promise<SipLoad> {
    const folder = await Deno.makeTempDir({ prefix: "sipp-load-" });
    const { fields, rate = 10, count, holdMs = 0, limit = 20_000, core } = load;
    if (fields) await Deno.writeTextFile(`${folder}/fields.csv`, `SEQUENTIAL\n${fields.join("\n")}\n`);
    const words = [
      ...(core === undefined ? [] : ["taskset", "-c", String(core)]),
      ...["sipp", load.server, "-sf", `${FOLDER}${load.scenario}.xml`],
      ...["-i", load.address, "-p", String(load.port), "-mi", load.address, "-mp", "9000", "-nostdin"],
      ...["-r", String(rate), "-l", String(limit), "-d", String(holdMs), "-buff_size", "4194304"],
      ...["-trace_stat", "-stf", `${folder}/statistics.csv`, "-fd", "1", "-max_retrans", "5"],
      ...(count === undefined ? [] : ["-m", String(count)]),
      ...(fields ? ["-inf", `${folder}/fields.csv`] : []),
    ];
    const process = new Deno.Command(words[0]!, {
      args: words.slice(1),
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    return new SipLoad(process, folder);
  }

  static async run(load: Load): Promise<LoadResult> {
    const sipp = await SipLoad.start(load);
    return await sipp.finished();
  }

  /** What became of it all, once the last one is over. */
  async finished(): Promise<LoadResult> {
    await this.#process.status;
    const lines = (await Deno.readTextFile(`${this.#folder}/statistics.csv`)).trim().split("\n");
    await Deno.remove(this.#folder, { recursive: true });
    const names = lines[0]!.split(";");
    const last = lines.at(-1)!.split(";");
    const value = (name: string) => Number(last[names.indexOf(name)] ?? 0);
    const [hours, minutes, seconds] = last[names.indexOf("ElapsedTime(C)")]!.split(":").map(Number);
    return {
      ok: value("SuccessfulCall(C)"),
      failed: value("FailedCall(C)"),
      retransmissions: value("Retransmissions(C)"),
      seconds: hours! * 3600 + minutes! * 60 + seconds!,
    };
  }

  async stop(): Promise<void> {
    // Asked politely, SIPp waits for calls that will never end.
    this.#process.kill("SIGKILL");
    await this.#process.status;
    await Deno.remove(this.#folder, { recursive: true });
  }
}
