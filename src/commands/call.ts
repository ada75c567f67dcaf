/** `sipedge call URI`: one call from the shell. */

import { resolve } from "node:path/posix";
import type { Timer } from "../base/mod.ts";
import { type CallReport, type Phone, type PhoneCall, type PhoneEvent } from "../phone/mod.ts";
import { type Command, CommandError, EXIT, type ExitCode, type Shell } from "./command.ts";
import { expectWords, type Flags, readCount, readFlags } from "./flags.ts";
import { domainOf, PHONE_FLAGS, PHONE_HELP, readAccount, readSoundPath } from "./phone_flags.ts";
import { printEvent, printRows, reportRows } from "./phone_print.ts";
import { withPhone } from "./phone_run.ts";
import { printJson } from "./print.ts";

const FLAGS = {
  ...PHONE_FLAGS,
  play: "text",
  record: "text",
  seconds: "text",
  "answer-seconds": "text",
  digits: "text",
  register: "switch",
  json: "switch",
} as const;

const DEFAULT_SECONDS = 10;
const DEFAULT_ANSWER_SECONDS = 60;
const DAY_SECONDS = 86_400;
/** After the file the last word may still be on its way. */
const AFTERWARDS_MS = 500;
/** A machine at the other end needs a moment before it listens. */
const BEFORE_DIGITS_MS = 1000;

export const callCommand: Command = {
  name: "call",
  summary: "place a call: say a file, keep what is heard, report how it went",
  help: `Usage: sipedge call ADDRESS [--user USER] [--server HOST] [OPTIONS]

ADDRESS is a number (101, *43), an address (101@office.example) or a URI (sip:, sips:, tel:).

  --play FILE        say this file (WAV, .pcmu, .pcma, .g722); without --seconds, hang up after it
  --record FILE      write what is heard to this WAV file
  --seconds N        talk for so long (default ${DEFAULT_SECONDS}, or as long as the file)
  --answer-seconds N give up when nobody answers for so long (default ${DEFAULT_ANSWER_SECONDS})
  --digits DIGITS    press these keys one second after the answer
  --register         register first, and take it back afterwards
  --json             the report as JSON on the standard output
${PHONE_HELP}

Examples: sipedge call '*43' --user 100@office.local --server 127.0.0.1 --play hello.wav --record back.wav
          sipedge call 101@office.example --user 100@office.example --srtp required --seconds 30 --json

Exit code 0 when the call was answered and voice was heard, 1 when something of ours failed, 4 when the server could
not be reached, 5 when nobody answered (busy, refused, unknown number, wrong password …), 6 when the call was answered
but nothing was heard.
`,
  run,
};

type CallFlags = Flags<typeof FLAGS>["values"];

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const { values, words } = readFlags(args, FLAGS);
  expectWords(words, ["ADDRESS"]);
  const [target] = words as [string];
  const account = readAccount(values, {
    shell,
    domain: domainOf(target),
    register: values.register ?? false,
  });
  const wishes = readWishes(values, shell);
  const report = await withPhone({ shell, isVerbose: values.verbose ?? false }, async (phone) => {
    const opened = await phone.addAccount(account);
    if (!opened.ok) throw new CommandError(`Cannot open the account: ${opened.error}`);
    const stopTelling = phone.onEvent((event) => tell(event, shell));
    if (account.register) await untilRegistered(phone);
    const call = opened.value.dial(target);
    if (!call.ok) throw new CommandError(`Cannot call: ${call.error}`);
    const report = await follow(phone, call.value, { shell, wishes });
    stopTelling();
    return report;
  });
  shell.output.write(values.json ? printJson(report) : printRows(reportRows(report)));
  return exitCode(report);
}

interface Wishes {
  readonly play?: string;
  readonly record?: string;
  readonly digits?: string;
  /** Undefined: as long as the file. */
  readonly seconds?: number;
  readonly answerSeconds: number;
}

function readWishes({ play, record, digits, seconds, ...values }: CallFlags, shell: Shell): Wishes {
  const answerSeconds = readCount(values["answer-seconds"], {
    name: "answer-seconds",
    fallback: DEFAULT_ANSWER_SECONDS,
    max: 3600,
  });
  const isFile = play !== undefined && seconds === undefined;
  return {
    answerSeconds,
    ...(!isFile && {
      seconds: readCount(seconds, { name: "seconds", fallback: DEFAULT_SECONDS, max: DAY_SECONDS }),
    }),
    ...(play !== undefined && { play: readSoundPath(play, shell) }),
    ...(record !== undefined && { record: resolve(shell.folder, record) }),
    ...(digits !== undefined && { digits }),
  };
}

/** Resolves when the first attempt has an answer; a refusal shows again in the call itself. */
function untilRegistered(phone: Phone): Promise<void> {
  const isSettled = () => phone.accounts.every(({ registration }) => registration.state !== "registering");
  if (isSettled()) return Promise.resolve();
  return new Promise((done) => {
    const stop = phone.onEvent(() => {
      if (!isSettled()) return;
      stop();
      done();
    });
  });
}

async function follow(
  phone: Phone,
  call: PhoneCall,
  { shell, wishes }: { readonly shell: Shell; readonly wishes: Wishes },
): Promise<CallReport> {
  const { clock } = shell;
  const { play, record, digits, seconds, answerSeconds } = wishes;
  const timers: Timer[] = [];
  const later = (ms: number, task: () => void) => timers.push(clock.at(clock.now() + ms, task));
  later(1000 * answerSeconds, () => call.state !== "active" && call.hangUp());
  phone.onEvent((event) => {
    if (event.kind !== "call") return;
    if (event.event.kind === "played" && seconds === undefined) later(AFTERWARDS_MS, () => call.hangUp());
    if (event.event.kind !== "answered") return;
    if (seconds !== undefined) later(1000 * seconds, () => call.hangUp());
    if (digits !== undefined) later(BEFORE_DIGITS_MS, () => press(call, digits, shell));
  });
  if (play !== undefined) call.play([play]);
  if (record !== undefined) call.record(record);
  const stopListening = shell.onRequest((request) => request === "stop" && call.hangUp());
  const report = await call.ended;
  stopListening();
  for (const timer of timers) timer.cancel();
  return report;
}

function press(call: PhoneCall, digits: string, shell: Shell): void {
  const pressed = call.sendDigits(digits);
  if (!pressed.ok) shell.error.write(`Cannot press "${digits}": ${pressed.error}\n`);
}

function tell(event: PhoneEvent, shell: Shell): void {
  const line = printEvent(event, shell.clock.now());
  if (line !== undefined) shell.error.write(`${line}\n`);
}

function exitCode({ outcome, endedBy, quality, recording }: CallReport): ExitCode {
  if (recording?.error !== undefined) return EXIT.failed;
  switch (outcome) {
    case "answered":
      return (quality?.packetsReceived ?? 0) > 0 ? EXIT.ok : EXIT.silent;
    case "unreachable":
      return EXIT.notReachable;
    default:
      return outcome === "failed" && endedBy === "us" ? EXIT.failed : EXIT.notAnswered;
  }
}
