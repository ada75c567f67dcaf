/** The server itself: its version, its database, what it warns of, and the call through it. */

import { type Finding, fine, printSize, problem, skipped, warning } from "./finding.ts";

export interface VersionFacts {
  /** Of this program. */
  readonly own: string;
  readonly runtime: string;
  /** Of the server; undefined when none runs. */
  readonly running?: string;
}

export function judgeVersion({ own, runtime, running }: VersionFacts): Finding {
  if (running === undefined) {
    return warning(
      "version",
      `no server runs; this is version ${own} (${runtime})`,
      "systemctl start sipedge, or: sipedge serve",
    );
  }
  if (running === own) return fine("version", `the server runs, version ${own} (${runtime})`);
  return warning(
    "version",
    `the server that runs is version ${running}, this program is version ${own}`,
    "systemctl restart sipedge",
  );
}

export interface DatabaseFacts {
  readonly path: string;
  readonly isThere: boolean;
  readonly bytes?: number;
  /** Why it cannot be used, a sentence with advice. */
  readonly fault?: string;
}

export function judgeDatabase({ path, isThere, bytes = 0, fault }: DatabaseFacts): Finding {
  if (!isThere) return skipped("database", `${path} is not there yet: the first start makes it`);
  if (fault === undefined) {
    return fine("database", `${path} is whole, ${printSize(bytes)}`);
  }
  const isDamaged = /damaged|malformed|not a database/i.test(fault);
  return problem(
    "database",
    `${path}: ${fault}`,
    isDamaged ? `stop the server, move "${path}" away and restore a backup` : `ls -l "${path}"*`,
  );
}

/** What the running server itself warns of on its page. */
export function judgeWarnings(warnings: readonly string[]): Finding[] {
  return warnings.map((text) => warning("configuration", text, "sipedge check, and the page says more"));
}

/** A call to the echo test, placed through the server as a phone would place it. */
export interface EchoFacts {
  /** What was said and came back; undefined: no call. */
  readonly heardShare?: number;
  readonly transport?: string;
  readonly tlsVersion?: string;
  readonly suite?: string;
  readonly codec?: string;
  readonly lossShare?: number;
  /** What went wrong, a sentence without full stop. */
  readonly problem?: string;
}

/** Loss on the loopback of the machine has one cause: it is too busy, or its buffers are too small. */
const MUCH_LOSS = 0.01;

export function judgeEcho(facts: EchoFacts): Finding {
  const { problem: fault, transport, tlsVersion, suite, codec, lossShare = 0, heardShare = 0 } = facts;
  if (fault !== undefined) {
    return problem(
      "echo call",
      `a call to the echo test fails: ${fault}`,
      "see what happens: sipedge trace doctor, and run sipedge doctor again beside it",
    );
  }
  const how = [
    tlsVersion?.replace(/^TLSv/, "TLS ") ?? transport?.toUpperCase(),
    suite === undefined ? "plain RTP" : `SRTP ${suite}`,
    codec,
  ].filter((word) => word !== undefined).join(", ");
  const percent = Math.round(100 * heardShare);
  const text = `a call to the echo test works: ${how}; ${percent} % of the speech came back`;
  if (lossShare > MUCH_LOSS) {
    return warning(
      "echo call",
      `${text}, but ${(100 * lossShare).toFixed(1)} % of the packets were lost within this machine`,
      "it is too busy: look at top, and at net.core.rmem_max",
    );
  }
  if (suite === undefined || transport !== "tls") {
    return warning("echo call", `${text}; it was not encrypted`, 'listen: { sip: [ "tls://0.0.0.0:5061" ] }');
  }
  return fine("echo call", text);
}
