/** Errors as problem details (RFC 9457). */

import assert from "node:assert/strict";
import { describeProblem, Problem } from "./problem.ts";

Deno.test("RFC 9457 §3: type, title and status of the kind, detail and errors of the case", async () => {
  const errors = [{ path: "forward.always.to", message: "expected a number" }];
  const response = new Problem("invalid", { detail: "expected a number", errors }).toResponse();
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  assert.deepEqual([response.status, await response.json()], [422, {
    type: "urn:sipedge:problem:invalid",
    title: describeProblem("invalid").title,
    status: 422,
    detail: "expected a number",
    errors,
  }]);
});

Deno.test("a wait is told in seconds, missing methods by those that exist, missing proof by its scheme", () => {
  const header = (problem: Problem, name: string) => problem.toResponse().headers.get(name);
  assert.equal(header(new Problem("too-many", { retryAfterSec: 8 }), "retry-after"), "8");
  assert.equal(header(new Problem("wrong-method", { allow: ["GET", "PUT"] }), "allow"), "GET, PUT");
  assert.equal(header(new Problem("unauthenticated"), "www-authenticate"), 'Bearer realm="sipedge"');
  assert.equal(header(new Problem("code-needed"), "www-authenticate"), null);
});
