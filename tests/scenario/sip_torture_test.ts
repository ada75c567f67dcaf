/** The torture messages of RFC 4475, from bytes to the answer of the endpoint, where the independent cases are there. */
import assert from "node:assert/strict";
import { ManualClock, seededRandom, SILENT_LOG } from "../../src/base/mod.ts";
import { parseMessage, SipEndpoint, type SipMessage } from "../../src/sip/mod.ts";
import type { Flow } from "../../src/sip/transport/mod.ts";

const FOLDER = new URL("../../../shared/cases/rfc4475/", import.meta.url);

interface Case {
  readonly name: string;
  readonly file: string;
  readonly uas: {
    readonly prefer: readonly (number | string)[];
    readonly ok: readonly (number | string)[];
    readonly forbid: readonly number[];
    readonly any_other_final_ok: boolean;
    readonly must_answer: boolean;
  } | null;
}

function readCases(): readonly Case[] {
  try {
    return JSON.parse(Deno.readTextFileSync(new URL("index.json", FOLDER))).cases;
  } catch {
    return [];
  }
}

const FLOW: Flow = {
  id: "udp",
  transport: "udp",
  local: { host: "10.0.0.1", port: 5060 },
  remote: { host: "10.0.0.2", port: 5060 },
  peerNames: [],
  isOpen: true,
};

/** Final statuses that `bytes` bring about at an office that knows nobody. */
function statusesFor(bytes: Uint8Array): number[] {
  const parsed = parseMessage(bytes);
  if (!parsed.ok) return parsed.error.answer ? [parsed.error.answer.statusCode] : [];
  const clock = new ManualClock();
  const statuses: number[] = [];
  const errors: string[] = [];
  const endpoint = new SipEndpoint({
    transport: {
      resolve: () => Promise.resolve([]),
      send(message: SipMessage) {
        if (message.kind === "response" && message.statusCode >= 200) statuses.push(message.statusCode);
      },
      localContact: () => ({ ...FLOW.local, transport: "udp" }),
    },
    clock,
    random: seededRandom(1),
    log: { ...SILENT_LOG, error: (event) => void errors.push(event) },
    userAgent: "torture",
  });
  endpoint.handle({ request: (incoming) => incoming.reply({ statusCode: 404 }), flowClosed() {} });
  endpoint.message(parsed.value, FLOW);
  assert.deepEqual(errors, []);
  clock.advance(70_000);
  assert.equal(clock.pending, 0);
  assert.deepEqual(endpoint.counts(), { sessions: 0, clientTransactions: 0, serverTransactions: 0 });
  return statuses;
}

const CASES = readCases();

Deno.test({
  name: "RFC 4475: every torture message gets an answer its verdict allows, and leaves nothing behind",
  ignore: CASES.length === 0,
  fn() {
    for (const { name, file, uas } of CASES) {
      const [status] = statusesFor(Deno.readFileSync(new URL(file, FOLDER)));
      if (!uas) continue;
      if (status === undefined) {
        assert.ok(
          !uas.must_answer || uas.prefer.length === 0 && uas.ok.includes("drop"),
          `${name}: no answer`,
        );
        continue;
      }
      const allowed = [...uas.prefer, ...uas.ok];
      const isAllowed = allowed.includes(status) || allowed.includes(`${Math.floor(status / 100)}xx`) ||
        allowed.some((entry) => String(entry).startsWith("liberal")) || uas.any_other_final_ok;
      assert.ok(isAllowed && !uas.forbid.includes(status), `${name}: ${status}, wanted ${allowed.join(" ")}`);
    }
  },
});
