/** The document that describes the API: judged by a validator that is not ours, and against the rows it was made from. */

import { Validator } from "@seriousme/openapi-schema-validator";
import assert from "node:assert/strict";
import { describeApi } from "./openapi.ts";
import { ENDPOINTS } from "./routes.ts";

type Operation = {
  readonly operationId: string;
  readonly security: readonly Record<string, readonly string[]>[];
  readonly responses: Record<string, unknown>;
};

function describe(): { paths: Record<string, Record<string, Operation>> } {
  return describeApi(ENDPOINTS, { version: "1.2.3", secure: true }) as unknown as ReturnType<typeof describe>;
}

function operations(): [name: string, operation: Operation][] {
  return Object.entries(describe().paths).flatMap(([path, methods]) =>
    Object.entries(methods).filter(([method]) => method !== "servers")
      .map(([method, operation]) => [`${method} ${path}`, operation] as [string, Operation])
  );
}

Deno.test("the document is valid OpenAPI 3.1", async () => {
  const result = await new Validator().validate(describe());
  assert.deepEqual(result.errors ?? [], []);
  assert.ok(result.valid);
});

Deno.test("a document with a fault is found out by the same validator", async () => {
  const broken = { ...describe(), paths: { "/x": { get: { responses: { 200: {} } } } } };
  assert.equal((await new Validator().validate(broken)).valid, false);
});

Deno.test("every row is described once, with an id of its own", () => {
  const names = operations().map(([name]) => name);
  for (const { method, path } of ENDPOINTS) {
    assert.ok(names.includes(`${method} ${path}`), `${method} ${path}`);
  }
  assert.equal(new Set(ENDPOINTS.map(({ method, path }) => `${method} ${path}`)).size, ENDPOINTS.length);
  const ids = operations().map(([, { operationId }]) => operationId);
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test("what anybody may ask is a short list", () => {
  const open = operations().filter(([, { security }]) => security.length === 0).map(([name]) => name);
  assert.deepEqual(open, [
    "get /session",
    "post /session",
    "post /setup/check",
    "post /setup",
    "get /openapi.json",
    "get /healthz",
    "get /readyz",
  ]);
});

Deno.test("nothing is a change by GET, and a fault of the program is promised nowhere", () => {
  for (const row of ENDPOINTS) if (row.method === "get") assert.equal(row.body, undefined, row.path);
  for (const [name, { responses }] of operations()) assert.equal(responses["500"], undefined, name);
});

Deno.test("the cookie is named as it is served", () => {
  for (const [secure, name] of [[true, "__Host-sipedge"], [false, "sipedge"]] as const) {
    const { components } = describeApi(ENDPOINTS, { version: "1", secure }) as {
      components: { securitySchemes: { session: { name: string } } };
    };
    assert.equal(components.securitySchemes.session.name, name);
  }
});
