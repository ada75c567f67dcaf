/** The demonstration itself: an office of two, their phones, one call. What happens is told step by step. */

import { type Log, SILENT_LOG, token } from "../base/mod.ts";
import { type Settings, settingsFrom } from "../config/mod.ts";
import {
  type Account,
  type CallAgreement,
  type CallPath,
  type CallReport,
  matchFiles,
  Phone,
  type PhoneCall,
  type PhoneEvent,
  type PhoneWorld,
  type SoundMatch,
} from "../phone/mod.ts";
import { createLog, readTextFile } from "../platform/mod.ts";
import { CommandError, type Shell } from "./command.ts";
import { openPhoneWorld } from "./phone_world.ts";
import { openStoreOf } from "./stored.ts";

const DOMAIN = "demo.local";
const PEOPLE = { alice: { number: "100", name: "Alice" }, bob: { number: "101", name: "Bob" } } as const;
/** Ports that are taken are passed over. */
const SERVER_PORTS = "17400-17499";
const PHONE_PORTS = { first: 17_500, last: 17_599 };
/** Nothing here takes longer, unless it does not work. */
const PATIENCE_MS = 5000;
/** After the sentences the last word is still on its way. */
const AFTERWARDS_MS = 300;

/** What one of the two heard. */
export interface DemoSide {
  readonly name: string;
  /** Whom. */
  readonly of: string;
  readonly call: CallReport;
  readonly heard: SoundMatch;
}

export interface DemoListener {
  serving(listener: string): void;
  registered(name: string, path: CallPath): void;
  calling(from: string, to: string): void;
  answered(name: string, agreement: CallAgreement): void;
  talking(from: string, to: string): void;
  heard(side: DemoSide): void;
}

export interface DemoOptions {
  readonly shell: Shell;
  /** Empty; for everything that is written. */
  readonly folder: string;
  readonly isVerbose: boolean;
  /** Sound files that the two say. */
  readonly sentences: { readonly alice: string; readonly bob: string };
  readonly listener: DemoListener;
  /** Rejects when somebody has had enough. */
  readonly stopped: Promise<never>;
}

/** Runs it; both phones and the server are gone afterwards. Throws {@linkcode CommandError}. */
export async function runDemo(options: DemoOptions): Promise<readonly DemoSide[]> {
  const { shell, folder, isVerbose } = options;
  const { clock, random, error, version } = shell;
  const log = isVerbose ? createLog({ format: "auto", level: "debug", clock, output: error }) : SILENT_LOG;
  const passwords = { alice: token(random, 12), bob: token(random, 12) };
  await using office = await openOffice(officeSettings(folder, passwords), { shell, log });
  const [listener] = office.listeners;
  if (listener === undefined) throw new CommandError("The server listens nowhere");
  options.listener.serving(listener);
  const world = openPhoneWorld({ clock, random, log, version, ports: PHONE_PORTS });
  const phone = new Phone(world);
  try {
    const server = listener.replace("tls://", "");
    return await demonstrate(phone, { ...options, world, passwords, server, authority: office.authority });
  } finally {
    await phone.stop();
    await world.close();
  }
}

interface Demonstration extends DemoOptions {
  readonly world: PhoneWorld;
  readonly passwords: { readonly alice: string; readonly bob: string };
  /** PEM of the authority that signed the server's certificate. */
  readonly authority: string;
  /** `host:port` */
  readonly server: string;
}

async function demonstrate(phone: Phone, demo: Demonstration): Promise<readonly DemoSide[]> {
  const { folder, sentences, listener, world } = demo;
  const alice = await register(phone, demo, "alice");
  const bob = await register(phone, demo, "bob");
  listener.calling(PEOPLE.alice.name, PEOPLE.bob.name);
  const calls = await connect(phone, { alice, bob, demo });
  listener.answered(PEOPLE.alice.name, calls.alice.agreement!);
  listener.answered(PEOPLE.bob.name, calls.bob.agreement!);
  listener.talking(PEOPLE.alice.name, PEOPLE.bob.name);
  await bothHaveSpoken(phone, demo);
  calls.alice.hangUp();
  const reports = {
    alice: await inTime(demo, calls.alice.ended, "the call did not end"),
    bob: await inTime(demo, calls.bob.ended, "the call did not end"),
  };
  const sides: DemoSide[] = [];
  for (const [own, other] of [["bob", "alice"], ["alice", "bob"]] as const) {
    const match = await matchFiles(world, { said: sentences[other], heard: `${folder}/${own}.wav` });
    if (!match.ok) throw new CommandError(match.error);
    const side = { name: PEOPLE[own].name, of: PEOPLE[other].name, call: reports[own], heard: match.value };
    listener.heard(side);
    sides.push(side);
  }
  return sides;
}

async function register(phone: Phone, demo: Demonstration, who: "alice" | "bob"): Promise<Account> {
  const { number, name } = PEOPLE[who];
  const isDone = (event: PhoneEvent) =>
    event.kind === "registration" && event.account.settings.user === number &&
    (event.status.state === "registered" || event.status.state === "failed");
  const settled = next(phone, isDone);
  const account = await phone.addAccount({
    user: number,
    domain: DOMAIN,
    password: demo.passwords[who],
    displayName: name,
    server: demo.server,
    transport: "tls",
    srtp: "required",
    register: true,
    trust: { authorities: [demo.authority] },
  });
  if (!account.ok) throw new CommandError(`${name} has no telephone: ${account.error}`);
  await inTime(demo, settled, `${name} got no answer to the registration`);
  const { registration, path } = account.value;
  if (registration.state === "failed") {
    throw new CommandError(`${name} cannot register: ${registration.reason}`);
  }
  demo.listener.registered(name, path!);
  return account.value;
}

async function connect(
  phone: Phone,
  { alice, bob, demo }: { readonly alice: Account; readonly bob: Account; readonly demo: Demonstration },
): Promise<{ readonly alice: PhoneCall; readonly bob: PhoneCall }> {
  const { folder, sentences } = demo;
  const incoming = next(phone, (event) => event.account === bob && isCall(event, "incoming"));
  const answered = Promise.all(
    [alice, bob].map((account) =>
      next(phone, (event) => event.account === account && isCall(event, "answered"))
    ),
  );
  const dialled = alice.dial(PEOPLE.bob.number);
  if (!dialled.ok) throw new CommandError(`Alice cannot call: ${dialled.error}`);
  const refused = dialled.value.ended.then(({ reason }) => {
    throw new CommandError(`Alice did not reach Bob: ${reason}`);
  });
  const event = await inTime(demo, Promise.race([incoming, refused]), "Bob's telephone did not ring");
  const calls = { alice: dialled.value, bob: (event as PhoneEvent & { kind: "call" }).call };
  for (const who of ["alice", "bob"] as const) {
    calls[who].record(`${folder}/${who}.wav`);
    calls[who].play([sentences[who]]);
  }
  calls.bob.answer();
  await inTime(demo, Promise.race([answered, refused]), "the call did not come about");
  return calls;
}

/** Both files are at their end, and a moment more. */
async function bothHaveSpoken(phone: Phone, demo: Demonstration): Promise<void> {
  const { clock } = demo.shell;
  let speaking = 2;
  const spoken = next(phone, (event) => isCall(event, "played") && --speaking === 0);
  await inTime(demo, spoken, "the sentences were not said", 2 * PATIENCE_MS);
  await new Promise<void>((done) => clock.at(clock.now() + AFTERWARDS_MS, done));
}

function isCall(event: PhoneEvent, kind: string): boolean {
  return event.kind === "call" && event.event.kind === kind;
}

/** The next event that `isMeant`. */
function next(phone: Phone, isMeant: (event: PhoneEvent) => boolean): Promise<PhoneEvent> {
  return new Promise((resolve) => {
    const stop = phone.onEvent((event) => {
      if (!isMeant(event)) return;
      stop();
      resolve(event);
    });
  });
}

async function inTime<T>(
  { shell: { clock }, stopped }: Demonstration,
  wanted: Promise<T>,
  complaint: string,
  ms = PATIENCE_MS,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = clock.at(
    clock.now() + ms,
    () => late.reject(new CommandError(`Cannot show the call: ${complaint}`)),
  );
  try {
    return await Promise.race([wanted, late.promise, stopped]);
  } finally {
    timer.cancel();
  }
}

function officeSettings(folder: string, passwords: Demonstration["passwords"]): Settings {
  const settings = settingsFrom({
    server: { data: folder },
    listen: { sip: ["tls://127.0.0.1:0"], web: "off" },
    media: { ports: SERVER_PORTS, workers: 1 },
    security: { srtp: "required" },
    domains: [{
      name: DOMAIN,
      extensions: [
        { ...PEOPLE.alice, password: passwords.alice },
        { ...PEOPLE.bob, password: passwords.bob },
      ],
    }],
  });
  if (settings.ok) return settings.value;
  throw new TypeError(`Cannot make the demonstration's settings: ${settings.error[0]?.message}`);
}

interface OpenOffice extends AsyncDisposable {
  /** `tls://127.0.0.1:40123` */
  readonly listeners: readonly string[];
  readonly authority: string;
}

async function openOffice(
  settings: Settings,
  { shell, log }: { readonly shell: Shell; readonly log: Log },
): Promise<OpenOffice> {
  const store = openStoreOf(settings, shell, { log, isServer: true });
  const server = await shell.startServer({ settings, store, log, version: shell.version });
  if (!server.ok) {
    store.close();
    throw new CommandError(`Cannot start the server: ${server.error}`);
  }
  const { listeners } = await server.value.handlers.status();
  const pem = readTextFile(`${settings.server.data}/tls/ca.pem`);
  return {
    listeners,
    authority: pem.ok ? pem.value : "",
    async [Symbol.asyncDispose]() {
      await server.value.stop();
      store.close();
    },
  };
}
