/** The doctor's own call: through the running server to its echo test, with a pass that is good for this call alone. */

import type { ServerStatus } from "../app_types.ts";
import { isUnspecified, printHostPort } from "../base/mod.ts";
import type { Settings, SipListener } from "../config/mod.ts";
import { type Finding, judgeEcho, skipped } from "../doctor/mod.ts";
import type { Pass } from "../pbx/access/mod.ts";
import { type EchoReport, type PhoneWorld, placeEchoCall } from "../phone/mod.ts";
import { exists, readTextFile } from "../platform/mod.ts";
import { assetPath } from "../platform/assets.ts";
import { makeTemporaryFolder } from "../platform/temporary_folder.ts";
import { ask } from "./control_client.ts";
import { controlPath } from "./places.ts";

/** What is said: a sentence of the server's own. */
const SENTENCE = "sounds/en/no-answer.wav";
const SECONDS = 4;

export async function checkEchoCall(
  settings: Settings,
  { status, world }: { readonly status: ServerStatus; readonly world: PhoneWorld },
): Promise<Finding> {
  const listener = bestListener(settings, status);
  if (!listener) return skipped("echo call", "the server has no listener for a call of ours");
  const pass = await ask(controlPath(settings.server.data), "pass");
  if (!pass) return skipped("echo call", "there is no domain yet, or codes.echo is empty");
  const folder = makeTemporaryFolder("sipedge-doctor-");
  if (!folder.ok) return skipped("echo call", `there is no temporary folder: ${folder.error}`);
  try {
    const report = await call({
      settings,
      listener,
      pass,
      world,
      recordTo: `${folder.value.path}/heard.wav`,
    });
    return judgeEcho(factsOf(report));
  } finally {
    folder.value.remove();
  }
}

/** TLS before TCP before UDP; a phone of ours has no client certificate to show. */
function bestListener({ listen, tls }: Settings, { listeners }: ServerStatus): SipListener | undefined {
  const served = listen.sip.filter(({ port, transport }) =>
    listeners.some((text) => text.startsWith(`${transport}://`) && text.endsWith(`:${port}`))
  );
  const order = tls.clientCertificates === "required" ? ["tcp", "udp"] : ["tls", "tcp", "udp"];
  return order.flatMap((name) => served.find(({ transport }) => transport === name) ?? [])[0];
}

interface EchoCall {
  readonly settings: Settings;
  readonly listener: SipListener;
  readonly pass: Pass;
  readonly world: PhoneWorld;
  readonly recordTo: string;
}

function call({ settings, listener, pass, world, recordTo }: EchoCall): Promise<EchoReport> {
  const { host, port, transport } = listener;
  const here = isUnspecified(host) ? (host.includes(":") ? "::1" : "127.0.0.1") : host;
  const authority = ownAuthority(settings);
  return placeEchoCall({
    world,
    account: {
      user: pass.user,
      password: pass.password,
      domain: pass.domain,
      displayName: "sipedge doctor",
      server: printHostPort(here, port),
      transport,
      srtp: transport === "tls" ? "required" : settings.security.srtp === "off" ? "off" : "optional",
      register: false,
      // A certificate from elsewhere names the domain, not this address; it is judged by a check of its own.
      trust: authority === undefined ? { insecure: true } : { authorities: [authority] },
    },
    number: pass.number,
    seconds: SECONDS,
    say: assetPath(SENTENCE),
    recordTo,
  });
}

function ownAuthority({ tls, server }: Settings): string | undefined {
  const path = `${server.data}/tls/ca.pem`;
  const text = tls.certificate === "auto" && exists(path) ? readTextFile(path) : undefined;
  return text?.ok ? text.value : undefined;
}

function factsOf({ ok, problem, call, heard }: EchoReport): Parameters<typeof judgeEcho>[0] {
  const { path, agreement, quality } = call ?? {};
  return {
    ...(!ok && { problem: problem ?? "it is not known why" }),
    ...(heard && { heardShare: heard.share }),
    ...(path && { transport: path.transport }),
    ...(path?.tlsVersion !== undefined && { tlsVersion: path.tlsVersion }),
    ...(agreement && { codec: agreement.codec }),
    ...(agreement?.encryption && { suite: agreement.encryption.suite }),
    ...(quality && { lossShare: quality.lossShare }),
  };
}
