/** `sipedge demo`: a server and two phones on this machine, one encrypted call, and what was heard of it. */

import type { CallReport, SoundMatch } from "../phone/mod.ts";
import { assetPath } from "../platform/assets.ts";
import { makeTemporaryFolder } from "../platform/temporary_folder.ts";
import { type Command, CommandError, EXIT, type ExitCode, type Shell } from "./command.ts";
import { type DemoListener, type DemoSide, runDemo } from "./demo_office.ts";
import { expectWords, readFlags } from "./flags.ts";
import { printCodec, printEncryption, printPath } from "./phone_print.ts";
import { printJson } from "./print.ts";

export const demoCommand: Command = {
  name: "demo",
  summary: "show an encrypted call between two phones on this machine",
  help: `Usage: sipedge demo [--json] [--verbose]

Starts a server with a data folder of its own on free ports of 127.0.0.1, registers two phones over TLS, lets one call
the other with SRTP required, and both say a sentence. Then what each heard is compared with what the other said.
Takes less than ten seconds and leaves nothing behind.

  --json           the result as JSON on the standard output, nothing else
  --verbose        the log of server and phones as well

Exit code 0 when both heard each other over an encrypted connection, 1 when something failed, 6 when the call came
about but a voice was not recognised.
`,
  run,
};

/** What the two say: sentences the server brings along. */
const SENTENCES = { alice: "sounds/en/no-answer.wav", bob: "sounds/en/encryption-required.wav" };
/** Less than this of the speech recognised is not heard. */
const ENOUGH = 0.8;

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const { values, words } = readFlags(args, { json: "switch", verbose: "switch" });
  expectWords(words, []);
  const { clock, output } = shell;
  const startedAt = clock.now();
  const folder = makeTemporaryFolder("sipedge-demo-");
  if (!folder.ok) throw new CommandError(`Cannot make a temporary folder: ${folder.error}`);
  const stopped = Promise.withResolvers<never>();
  const stopListening = shell.onRequest(() => stopped.reject(new CommandError("Stopped before the end")));
  const say = values.json ? () => {} : (text: string) => output.write(text);
  try {
    say("An encrypted call between two phones, on this machine only\n\n");
    const sides = await runDemo({
      shell,
      folder: folder.value.path,
      isVerbose: values.verbose ?? false,
      sentences: { alice: assetPath(SENTENCES.alice), bob: assetPath(SENTENCES.bob) },
      listener: printSteps(say),
      stopped: stopped.promise,
    });
    const seconds = (clock.now() - startedAt) / 1000;
    const problems = sides.flatMap(problemsOf);
    const ok = problems.length === 0;
    if (values.json) {
      output.write(printJson({ ok, seconds, problems, ...Object.fromEntries(sides.map(data)) }));
    }
    say(ok ? `\nBoth heard each other, encrypted all the way` : `\n${problems.map(capital).join("\n")}`);
    say(`\n${seconds.toFixed(1)} s; server and phones are gone, and so is their folder\n`);
    return ok ? EXIT.ok : EXIT.silent;
  } finally {
    stopListening();
    folder.value.remove();
  }
}

function printSteps(say: (text: string) => void): DemoListener {
  const step = (name: string, text: string) => say(`  ${name.padEnd(10)}  ${text}\n`);
  return {
    serving: (listener) => step("server", `listens on ${listener} with a certificate of its own`),
    registered: (name, path) => step(name, `registered: ${printPath(path)}`),
    calling: (from, to) =>
      step("call", `${from} calls ${to} through the server, SRTP required on both sides`),
    answered: (name, agreement) =>
      step(name, `${printCodec(agreement.codec)}, ${printEncryption(agreement)}`),
    talking: (from, to) => step("talk", `${from} and ${to} each say a sentence`),
    heard: (side) => {
      step(side.name, printHeard(side));
      step("", printQuality(side.call));
    },
  };
}

function printHeard({ of, heard }: DemoSide): string {
  const { recognisedSeconds, speechSeconds, share } = heard;
  return `heard ${recognisedSeconds.toFixed(1)} of ${speechSeconds.toFixed(1)} s of ${of}'s speech: ${
    (100 * share).toFixed(0)
  } % recognised`;
}

function printQuality({ quality }: CallReport): string {
  if (!quality) return "no voice was measured";
  const { mos, packetsReceived, lossShare, jitterMs } = quality;
  return [
    ...(mos === undefined ? [] : [`MOS ${mos.toFixed(1)} of 4.5`]),
    `${packetsReceived} packets`,
    `${(100 * lossShare).toFixed(1)} % lost`,
    `jitter ${jitterMs.toFixed(1)} ms`,
  ].join(", ");
}

function problemsOf({ name, of, call, heard }: DemoSide): string[] {
  const { agreement, path } = call;
  return [
    ...(path?.transport === "tls" ? [] : [`${name}'s signalling was not encrypted`]),
    ...(agreement?.encryption ? [] : [`${name}'s voice was not encrypted`]),
    ...(heard.share >= ENOUGH ? [] : [`${name} did not hear ${of}`]),
  ];
}

function data({ name, call, heard }: DemoSide): [string, { call: CallReport; heard: SoundMatch }] {
  const { recording: _, ...rest } = call;
  return [name.toLowerCase(), { call: rest, heard }];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
