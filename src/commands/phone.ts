/** `sipedge phone --headless`: a phone that registers, answers, and tells what happens. */

import { resolve } from "node:path/posix";
import type { Timer } from "../base/mod.ts";
import type { PhoneCall, PhoneEvent } from "../phone/mod.ts";
import { ensureFolder } from "../platform/mod.ts";
import { type Command, CommandError, EXIT, type ExitCode, type Shell, UsageError } from "./command.ts";
import { expectWords, readCount, readFlags } from "./flags.ts";
import { PHONE_FLAGS, PHONE_HELP, readAccount, readSoundPath } from "./phone_flags.ts";
import { eventData, printEvent, printRows, reportRows } from "./phone_print.ts";
import { withPhone } from "./phone_run.ts";
import { printTime } from "./print.ts";

const FLAGS = {
  ...PHONE_FLAGS,
  headless: "switch",
  answer: "text",
  play: "text",
  record: "text",
  seconds: "text",
  json: "switch",
} as const;

const DAY_SECONDS = 86_400;

export const phoneCommand: Command = {
  name: "phone",
  summary: "be a phone: register, answer calls, tell what happens",
  help: `Usage: sipedge phone --headless --user USER [--server HOST] [OPTIONS]

Registers and stays until SIGINT or SIGTERM; everything that happens is one line.

  --headless         without a page in the browser, which is not there yet
  --answer SECONDS   answer calls after so long (default 0); "no" lets them ring
  --play FILE        say this file to whoever calls, again and again
  --record DIR       write what is heard to DIR, one WAV file for each call
  --seconds N        stop after so long
  --json             each event as one line of JSON
${PHONE_HELP}

Examples: sipedge phone --headless --user 101@office.local --server 127.0.0.1 --play hello.wav

Exit code 0 after a stop that was asked for, 1 when the phone cannot start, 4 when the registration was not there at
the end.
`,
  run,
};

interface Manner {
  /** Undefined: let it ring. */
  readonly answerMs: number | undefined;
  readonly play: string | undefined;
  readonly recordFolder: string | undefined;
  readonly isJson: boolean;
}

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const { values, words } = readFlags(args, FLAGS);
  expectWords(words, []);
  if (!values.headless) {
    throw new CommandError("The phone in the browser is not there yet: use sipedge phone --headless");
  }
  if (values.user === undefined) throw new UsageError("--user is missing");
  const account = readAccount(values, { shell, register: true });
  const seconds = readCount(values.seconds, { name: "seconds", fallback: 0, max: DAY_SECONDS });
  const manner = readManner(values, shell);
  return await withPhone({ shell, isVerbose: values.verbose ?? false }, async (phone) => {
    let rest: Timer[] = [];
    phone.onEvent((event) => {
      shell.output.write(tell(event, manner, shell));
      if (event.kind === "call") rest = [...rest, ...attend(event.call, event.event.kind, { manner, shell })];
    });
    const opened = await phone.addAccount(account);
    if (!opened.ok) throw new CommandError(`Cannot open the account: ${opened.error}`);
    await untilStop(shell, seconds);
    for (const timer of rest) timer.cancel();
    return opened.value.registration.state === "registered" ? EXIT.ok : EXIT.notReachable;
  });
}

function readManner(
  { answer, play, record, json }: {
    readonly answer?: string;
    readonly play?: string;
    readonly record?: string;
    readonly json?: boolean;
  },
  shell: Shell,
): Manner {
  const recordFolder = record === undefined ? undefined : resolve(shell.folder, record);
  const usable = recordFolder === undefined ? undefined : ensureFolder(recordFolder);
  if (usable && !usable.ok) throw new CommandError(`Cannot record to "${record}": ${usable.error}`);
  return {
    answerMs: answer === "no"
      ? undefined
      : 1000 * readCount(answer, { name: "answer", fallback: 0, max: 3600 }),
    play: play === undefined ? undefined : readSoundPath(play, shell),
    recordFolder,
    isJson: json ?? false,
  };
}

/** Answers in its time; the timers it left. */
function attend(
  call: PhoneCall,
  kind: string,
  { manner, shell: { clock } }: { readonly manner: Manner; readonly shell: Shell },
): Timer[] {
  if (kind !== "incoming") return [];
  const { answerMs, play, recordFolder } = manner;
  if (play !== undefined) call.play([play], { loop: true });
  if (recordFolder !== undefined) call.record(`${recordFolder}/${call.id}.wav`);
  if (answerMs === undefined) return [];
  return [clock.at(clock.now() + answerMs, () => call.answer())];
}

function tell(event: PhoneEvent, { isJson }: Manner, { clock }: Shell): string {
  const nowMs = clock.now();
  if (isJson) return `${JSON.stringify({ time: new Date(nowMs).toISOString(), ...eventData(event) })}\n`;
  const line = printEvent(event, nowMs);
  const report = event.kind === "call" && event.event.kind === "ended" ? event.event.report : undefined;
  const details = report?.answeredAt === undefined
    ? ""
    : printRows(reportRows(report)).replace(/^/gm, "    ");
  return line === undefined ? "" : `${printTime(nowMs)} ${line}\n${details.trimEnd()}${details && "\n"}`;
}

function untilStop({ onRequest, clock }: Shell, seconds: number): Promise<void> {
  return new Promise((done) => {
    const timer = seconds > 0 ? clock.at(clock.now() + 1000 * seconds, () => finish()) : undefined;
    const stopListening = onRequest((request) => request === "stop" && finish());
    const finish = () => {
      timer?.cancel();
      stopListening();
      done();
    };
  });
}
