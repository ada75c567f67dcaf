/**
 * The API against its own description: requests made by chance from the OpenAPI document that the running server gives,
 * good and bad, with every kind of proof and none. No answer is a fault of the program, each has a documented status and
 * the documented shape, reading changes nothing, nothing happens without proof, and no answer holds a secret.
 */

import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import fc from "fast-check";
import assert from "node:assert/strict";
import { createHa1 } from "../../src/sip/auth/mod.ts";
import {
  ADMIN_PASSWORD,
  Administrator,
  type AskOptions,
  type PageAnswer,
  type Script,
  Visitor,
} from "../support/administrator.ts";
import { damaged, fitting, HARMFUL, type Schema } from "../support/schema_values.ts";
import { TestServer } from "../support/server.ts";

const SERVER = "127.0.0.141";
const DESK = "127.0.0.142";
const ATTACKER = "127.0.0.143";
/** Another one by `API_FUZZ_SEED=…`. */
const SEED = Number(Deno.env.get("API_FUZZ_SEED") ?? 20_240_817);
const RUNS = Number(Deno.env.get("API_FUZZ_RUNS") ?? 1200);
const READ_RUNS = RUNS / 2;

const SECRETS = ["alice-knows-this", "bob-knows-this", "carrier-knows-this", "471147", "815815"];
const KNOWN = [
  "office.example",
  "made.example",
  "made.example",
  "100",
  "101",
  "600",
  "610",
  "800",
  "carrier",
  "always",
  "outside",
  "internal",
  "status",
  "sip:carrier.example",
  "192.0.2.7",
  "9*",
];
/** Would take our own proof away, or is a stream without end: looked at by name elsewhere. */
const APART = new Set(["delete /session", "put /account/password", "get /events"]);

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly isAtRoot: boolean;
  readonly parameters: readonly { name: string; in: string; required: boolean; schema: Schema }[];
  readonly body: Schema | undefined;
  /** Types of a body that is no JSON. */
  readonly takes: readonly string[];
  readonly security: readonly Record<string, unknown>[];
  readonly responses: Record<string, { content?: Record<string, { schema?: Schema }> }>;
}

/** The parts of the document that are looked at. */
interface Document {
  readonly paths: Record<string, Record<string, Row>>;
  readonly components: { readonly schemas: Record<string, Schema> };
}

interface Row extends Pick<Operation, "security" | "responses"> {
  readonly parameters?: Operation["parameters"];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> };
}

const PROOFS = ["nothing", "session", "session without CSRF", "token", "weak token", "wrong token"] as const;
type Proof = (typeof PROOFS)[number];

interface Bench {
  readonly server: TestServer;
  readonly desk: Administrator;
  readonly senders: Readonly<Record<Proof, Visitor>>;
  readonly operations: readonly Operation[];
  readonly secrets: Set<string>;
  readonly check: (operation: Operation, answer: PageAnswer) => void;
}

function startServer(): Promise<TestServer> {
  return TestServer.start({
    address: SERVER,
    mediaPorts: "42000-42099",
    extensions: [
      { number: "100", name: "Alice", password: SECRETS[0] },
      { number: "101", name: "Bob", password: SECRETS[1] },
    ],
    office: {
      huntGroups: [{ number: "600", members: ["100"] }],
      ringGroups: [{ number: "610", members: ["100", "101"] }],
      rooms: [{ number: "800", pin: SECRETS[3], moderatorPin: SECRETS[4] }],
      lines: [{
        name: "carrier",
        kind: "register",
        server: `sip:${SERVER}:5999;transport=tcp`,
        username: "4930123",
        password: SECRETS[2],
      }],
      rules: [{ match: "9*", strip: 1, via: ["carrier"] }],
    },
    settings: { security: { ban: { failures: 0 } } },
  });
}

function readOperations(document: Document): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).filter(([method]) => method !== "servers").map(([method, row]) => ({
      method: method.toUpperCase(),
      path,
      isAtRoot: methods.servers !== undefined,
      parameters: row.parameters ?? [],
      body: row.requestBody?.content["application/json"]?.schema,
      takes: Object.keys(row.requestBody?.content ?? {}).filter((type) => type !== "application/json"),
      security: row.security,
      responses: row.responses,
    }))
  ).filter(({ method, path }) => !APART.has(`${method.toLowerCase()} ${path}`));
}

/** Holds an answer against what the document says of the operation. */
function checker(document: Document, secrets: ReadonlySet<string>): Bench["check"] {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema({ $id: "doc", components: document.components });
  const compiled = new Map<Schema, ValidateFunction>();
  const problem = ajv.getSchema("doc#/components/schemas/Problem")!;
  const validatorOf = (schema: Schema) => {
    if ("$ref" in schema) return problem;
    const known = compiled.get(schema) ?? ajv.compile(schema);
    compiled.set(schema, known);
    return known;
  };
  return ({ responses }, { status, headers, text }) => {
    const documented = responses[status];
    assert.ok(documented, `status ${status} is not documented: ${text.slice(0, 300)}`);
    const type = headers.get("content-type")?.split(";")[0];
    if (documented.content === undefined) assert.equal(text, "", "a body where none is promised");
    else {
      const content = documented.content[type ?? ""];
      assert.ok(content, `"${type}" is not documented for ${status}`);
      if (content.schema && type?.endsWith("json")) {
        const validate = validatorOf(content.schema);
        assert.ok(validate(JSON.parse(text)), `${JSON.stringify(validate.errors)} in ${text.slice(0, 600)}`);
      }
    }
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("access-control-allow-origin"), null);
    for (const secret of secrets) {
      assert.ok(!text.includes(secret), `the answer holds the secret "${secret}"`);
    }
    assert.doesNotMatch(text, /PRIVATE KEY|scrypt\$|node:internal|\.ts:[0-9]+:[0-9]+/);
  };
}

async function withBench(test: (bench: Bench) => Promise<void>): Promise<void> {
  await using server = await startServer();
  using desk = await Administrator.setUp(server, DESK);
  const document: Document = JSON.parse((await desk.ask("/openapi.json")).text);
  const secrets = new Set([
    ...SECRETS,
    ADMIN_PASSWORD,
    ...["100", "101"].flatMap((number, index) =>
      Object.values(createHa1(number, "office.example", SECRETS[index]!))
    ),
  ]);
  const all = ["status", "directory:read", "directory:write", "calls", "records", "system:read"];
  using token = await desk.script(ATTACKER, [...all, "system:write", "metrics"]);
  using weak = await desk.script(ATTACKER, ["status"], "weak");
  for (const secret of [desk.cookie.split("=")[1]!, token.token, weak.token]) secrets.add(secret);
  using nobody = new Visitor(desk.url, ATTACKER);
  using session = sessionOf(desk), bare = sessionOf(desk);
  bare.csrf = "";
  using wrong = wrongScript(desk, token);
  await test({
    server,
    desk,
    senders: {
      "nothing": nobody,
      session,
      "session without CSRF": bare,
      token,
      "weak token": weak,
      "wrong token": wrong,
    },
    operations: readOperations(document),
    secrets,
    check: checker(document, secrets),
  });
}

function sessionOf(desk: Administrator): Administrator {
  const copy = new Administrator(desk.url, ATTACKER);
  copy.cookie = desk.cookie;
  copy.csrf = desk.csrf;
  return copy;
}

function wrongScript(desk: Administrator, { token }: Script): Visitor {
  const wrong = sessionOf(desk);
  wrong.cookie = `sipedge=${token.slice(8)}`;
  return wrong;
}

/** One request for an operation. */
interface Asked {
  readonly operation: Operation;
  readonly path: string;
  readonly options: AskOptions;
}

function requests(operations: readonly Operation[]): fc.Arbitrary<Asked> {
  return fc.constantFrom(...operations).chain((operation) => {
    const { parameters, body, takes } = operation;
    const values = parameters.map(({ schema }) =>
      fc.oneof({ weight: 4, arbitrary: fitting(schema, KNOWN) }, { weight: 1, arbitrary: HARMFUL })
    );
    const bodies = body === undefined
      ? fc.constant(undefined)
      : fc.oneof({ weight: 3, arbitrary: fitting(body, KNOWN) }, {
        weight: 2,
        arbitrary: damaged(fitting(body, KNOWN)),
      });
    const files = fc.record({
      raw: fc.uint8Array({ maxLength: 200 }),
      type: fc.constantFrom(...takes, "text/html"),
    });
    return fc.tuple(
      fc.tuple(...values),
      takes.length > 0 ? files : bodies,
      fc.integer({ min: 0, max: 999 }).map((n) => n / 1000),
    ).map(
      ([given, sent, chance]) => ({
        operation,
        path: (operation.isAtRoot ? "/" : "") + address(operation, given, chance),
        options: {
          method: operation.method,
          ...(takes.length > 0 ? encodeFile(sent as File) : encode(sent, chance)),
        },
      }),
    );
  });
}

function address({ path, parameters }: Operation, values: readonly unknown[], chance: number): string {
  const query = new URLSearchParams();
  let place = path;
  for (const [index, { name, in: where, required }] of parameters.entries()) {
    const value = values[index];
    const text = (typeof value === "string" ? value : JSON.stringify(value)).toWellFormed();
    // An empty part or one of dots is another path.
    if (where === "path") {
      place = place.replace(`{${name}}`, encodeURIComponent(/^\.{0,2}$/.test(text) ? "x" : text));
    } else if (where === "query" && (required || chance < 0.7)) query.set(name, text.slice(0, 2000));
  }
  return query.size > 0 ? `${place}?${query}` : place;
}

interface File {
  readonly raw: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

function encodeFile({ raw, type }: File): AskOptions {
  return { raw, headers: { "content-type": type } };
}

/** Mostly JSON; now and then what is none, or has no business here. */
function encode(body: unknown, chance: number): AskOptions {
  if (body === undefined) return {};
  const text = JSON.stringify(body) ?? "";
  const headers = { "content-type": "application/json" };
  if (chance < 0.03) return { raw: text };
  if (chance < 0.06) return { raw: text, headers: { "content-type": "application/x-www-form-urlencoded" } };
  if (chance < 0.09) return { raw: text.slice(0, -1), headers };
  if (chance < 0.1) return { raw: `"${"A".repeat(9 * 1024 * 1024)}"`, headers };
  if (chance < 0.12) return { raw: new Uint8Array([0xff, 0xfe, 0x00]), headers };
  return { raw: text, headers: { "content-type": "application/json; charset=utf-8" } };
}

/** What a change would change. Times of last use are left out: being asked is what they count. */
async function snapshot({ desk }: Bench): Promise<string> {
  const lists = ["extensions", "huntGroups", "ringGroups", "rooms", "lines", "schedules", "pickupGroups"];
  const whole = ["rules", "callerLists", "callerNames", "groups", "conferences"];
  const paths = ["/domains", "/bans", "/certificates", "/settings", "/tokens", "/sessions", "/calls"];
  const { items } = await desk.json<{ items: { name: string }[] }>("/domains");
  for (const { name } of items) {
    for (const list of [...lists, ...whole]) paths.push(`/domains/${encodeURIComponent(name)}/${list}`);
  }
  const texts = await Promise.all(paths.map((path) => desk.ask(path)));
  return texts.map(({ text }, index) =>
    `${paths[index]} ${
      text.replace(/"(?:lastUsedAt|seenAt|since|detail|state|isUp)":("[^"]*"|[0-9.]+|true|false),?/g, "")
    }`
  ).join("\n");
}

async function trial(bench: Bench, proof: Proof, { operation, path, options }: Asked): Promise<PageAnswer> {
  const answer = await bench.senders[proof].ask(path, options);
  try {
    bench.check(operation, answer);
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`${operation.method} ${path.slice(0, 300)} with ${proof}: ${answer.status}: ${message}`);
  }
  return answer;
}

/** `/extensions/import` is also `/extensions/{number}`. */
function isAt({ path }: Operation, asked: string): boolean {
  const pattern = path.split("/"), parts = asked.split("?")[0]!.replace(/^\/\//, "/").split("/");
  return pattern.length === parts.length &&
    pattern.every((part, index) => part.startsWith("{") || part === parts[index]);
}

function run<T>(values: fc.Arbitrary<T>, numRuns: number, test: (value: T) => Promise<void>): Promise<void> {
  return fc.assert(fc.asyncProperty(values, test), { seed: SEED, numRuns, endOnFailure: true });
}

Deno.test(`the API keeps the promises of its own description (seed ${SEED})`, async (t) => {
  await withBench(async (bench) => {
    const { operations, server } = bench;
    const reads = operations.filter(({ method }) => method === "GET");
    await t.step("reading changes nothing, whoever reads and whatever", async () => {
      const before = await snapshot(bench);
      const values = fc.tuple(requests(reads), fc.constantFrom(...PROOFS));
      await run(values, READ_RUNS, async ([asked, proof]) => void await trial(bench, proof, asked));
      assert.equal(await snapshot(bench), before);
    });
    await t.step(
      "without proof there is 401 or 403 but for what is documented as open, and nothing changes",
      async () => {
        const before = await snapshot(bench);
        const closed = operations.filter(({ security }) => security.length > 0);
        const proofs = fc.constantFrom("nothing", "session without CSRF", "weak token", "wrong token");
        await run(fc.tuple(requests(closed), proofs), READ_RUNS, async ([asked, proof]) => {
          const isRead = asked.operation.method === "GET";
          const { status } = await trial(bench, proof, asked);
          if (proof === "nothing" || proof === "wrong token") assert.equal(status, 401, asked.path);
          else if (!isRead) assert.equal(status, 403, asked.path);
        });
        assert.equal(await snapshot(bench), before);
      },
    );
    await t.step("with proof every answer is one that is documented", async () => {
      const proofs = fc.constantFrom("session", "token");
      const seen = new Map<number, number>();
      // Beside what stands in the file there is something that may be changed.
      await bench.desk.json("/domains", { method: "POST", body: { name: "made.example" } });
      for (const number of ["100", "101"]) {
        await bench.desk.json("/domains/made.example/extensions", { method: "POST", body: { number } });
      }
      await run(fc.tuple(requests(operations), proofs), RUNS, async ([asked, proof]) => {
        // It is what the other requests work on.
        if (asked.options.method === "DELETE" && asked.path === "/domains/made.example") return;
        const { status } = await trial(bench, proof, asked);
        seen.set(status, (seen.get(status) ?? 0) + 1);
      });
      // The trial is worth something only where it gets past the door.
      for (const status of [200, 201, 204, 400, 404, 409, 415, 422]) {
        assert.ok(seen.has(status), `no ${status} but ${[...seen].join(" ")}`);
      }
    });
    await t.step(
      "a method that does not exist is 405 with Allow, a path that does not exist 404",
      async () => {
        const methods = fc.constantFrom("PATCH", "PUT", "POST", "DELETE", "OPTIONS", "QUERY");
        await run(fc.tuple(requests(operations), methods), 100, async ([{ operation, path }, method]) => {
          if (operations.some((one) => one.method === method && isAt(one, path))) return;
          if (operation.path === "/session" || operation.path === "/account/password") return;
          const answer = await bench.senders.session.ask(path, { method });
          assert.ok([404, 405].includes(answer.status), `${method} ${path}: ${answer.status}`);
          assert.equal(answer.headers.get("content-type"), "application/problem+json");
          if (answer.status === 405) assert.ok(answer.headers.get("allow")!.includes(operation.method));
        });
        const answer = await bench.desk.ask("/nothing/here");
        assert.equal(answer.status, 404);
        assert.equal(answer.headers.get("content-type"), "application/problem+json");
      },
    );
    await t.step("the server is as well as before, and its log says of no fault", async () => {
      assert.equal((await bench.desk.ask("//healthz")).status, 200);
      assert.doesNotMatch(server.log, /could not be answered/);
      for (const secret of bench.secrets) {
        assert.ok(!server.log.includes(secret), `the log holds "${secret}"`);
      }
    });
  });
});
