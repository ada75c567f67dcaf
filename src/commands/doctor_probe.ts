/** Knocks at a listener from the outside: one OPTIONS over UDP, TCP or TLS, and what comes back. */

import { ipFamily, ok, printHostPort, type Result, token } from "../base/mod.ts";
import type { SipListener } from "../config/mod.ts";
import type { ListenerProbe } from "../doctor/mod.ts";
import type { PhoneWorld } from "../phone/mod.ts";
import type { StreamNetwork } from "../sip/transport/mod.ts";

const PATIENCE_MS = 2000;
const DECODER = new TextDecoder();

type ProbeWorld = Pick<PhoneWorld, "clock" | "random" | "datagrams" | "tcp" | "tls">;

/** Asks `listener` at its address `host`. */
export function probeListener(
  world: ProbeWorld,
  listener: SipListener,
  host: string,
): Promise<ListenerProbe> {
  const { promise, resolve } = Promise.withResolvers<Result<number, string>>();
  const closing: (() => void)[] = [];
  const timer = world.clock.at(
    world.clock.now() + PATIENCE_MS,
    () => resolve({ ok: false, error: "no answer" }),
  );
  const heard = (bytes: Uint8Array) => {
    const status = /^SIP\/2\.0 (\d{3}) /.exec(DECODER.decode(bytes.subarray(0, 64)))?.[1];
    if (status !== undefined) resolve(ok(Number(status)));
  };
  const knock: Knock = {
    world,
    listener,
    host,
    heard,
    refused: (error) => resolve({ ok: false, error }),
    closing,
  };
  if (listener.transport === "udp") knockByDatagram(knock);
  else knockByStream(knock, listener.transport === "tls" ? world.tls({ insecure: true }) : world.tcp);
  return promise.then((outcome): ListenerProbe =>
    outcome.ok ? { host, statusCode: outcome.value } : { host, fault: outcome.error }
  ).finally(() => {
    timer.cancel();
    for (const close of closing) close();
  });
}

interface Knock {
  readonly world: ProbeWorld;
  readonly listener: SipListener;
  readonly host: string;
  readonly heard: (bytes: Uint8Array) => void;
  readonly refused: (reason: string) => void;
  readonly closing: (() => void)[];
}

function knockByDatagram(knock: Knock): void {
  const { world, listener, host, heard, refused, closing } = knock;
  const local = { host: ipFamily(host) === 6 ? "::" : "0.0.0.0", port: 0 };
  const socket = world.datagrams.bind(local, heard);
  if (!socket.ok) return refused(socket.error);
  closing.push(() => socket.value.close());
  const remote = { host, port: listener.port };
  const bytes = printOptions(knock, socket.value.local.port);
  socket.value.send(bytes, { remote, onFault: () => refused("nobody listens") });
}

function knockByStream(knock: Knock, network: StreamNetwork): void {
  const { listener, host, heard, refused, closing } = knock;
  const remote = { host, port: listener.port };
  closing.push(network.connect({ remote, deadlineMs: PATIENCE_MS }, (outcome) => {
    if (!outcome.ok) return refused(outcome.error.reason);
    const socket = outcome.value;
    closing.push(() => socket.destroy());
    socket.start({ data: heard, closed: (reason) => refused(reason ?? "it closed the connection") });
    socket.write(printOptions(knock, socket.local.port));
  }));
}

function printOptions({ world, listener, host }: Knock, port: number): Uint8Array<ArrayBuffer> {
  const { random } = world;
  const place = printHostPort(host, listener.port);
  const from = ipFamily(host) === 6 ? `[::]:${port}` : `0.0.0.0:${port}`;
  return new TextEncoder().encode([
    `OPTIONS sip:${place} SIP/2.0`,
    `Via: SIP/2.0/${listener.transport.toUpperCase()} ${from};branch=z9hG4bK${token(random, 8)};rport`,
    "Max-Forwards: 70",
    `From: <sip:doctor@doctor.invalid>;tag=${token(random, 6)}`,
    `To: <sip:${place}>`,
    `Call-ID: doctor-${token(random, 8)}`,
    "CSeq: 1 OPTIONS",
    "Content-Length: 0",
    "",
    "",
  ].join("\r\n"));
}
