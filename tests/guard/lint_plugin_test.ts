/** The house rules of the linter find what they are for, and only there. */

import assert from "node:assert/strict";
import plugin from "./lint_plugin.ts";

const findings = (path: string, source: string) =>
  Deno.lint.runPlugin(plugin, path, source).map(({ id, message }) => `${id}: ${message}`);

const filled = (lines: number, head: string, foot: string) =>
  [head, ...Array(lines - 2).fill("  void 0;"), foot].join("\n");

Deno.test("a function has 80 lines at most, however it is written", () => {
  for (
    const [head, foot] of [
      ["function f() {", "}"],
      ["const f = () => {", "};"],
      ["const f = function () {", "};"],
      ["class A { f() {", "} }"],
    ] as const
  ) {
    assert.deepEqual(findings("/house/src/a.ts", filled(80, head, foot)), [], head);
    for (const path of ["/house/src/a.ts", "/house/web/views/a.tsx", "/house/tools/a.ts"]) {
      assert.deepEqual(findings(path, filled(81, head, foot)), [
        "sipedge/max-function-lines: A function of 81 lines: split it, 80 are enough",
      ], `${head} in ${path}`);
    }
    for (const path of ["/house/src/a_test.ts", "/house/src/a_bench.ts", "/house/tests/interop/a.ts"]) {
      assert.deepEqual(findings(path, filled(300, head, foot)), [], path);
    }
  }
});

Deno.test("time, chance and I/O are named in src/platform only", () => {
  const source = "Date.now(); Math.random(); Deno.cwd(); setTimeout(f, 1);";
  assert.equal(findings("/house/src/pbx/a.ts", source).length, 4);
  for (const path of ["/house/src/platform/a.ts", "/house/src/pbx/a_test.ts", "/house/web/a.ts"]) {
    assert.deepEqual(findings(path, source), [], path);
  }
});

Deno.test("what runs for every call assigns no function literal to a member", () => {
  const message =
    "sipedge/no-old-closures: This function would outlive its call: name it first, or make it a method";
  for (
    const source of [
      "a.b = () => 1;",
      "a.b.c = function () {};",
      "class A { m() { this.#x = () => this; } #x; }",
    ]
  ) {
    assert.deepEqual(findings("/house/src/sip/a.ts", source), [message], source);
    assert.deepEqual(findings("/house/src/pbx/call/a.ts", source), [message], source);
    assert.deepEqual(findings("/house/src/http/a.ts", source), [], source);
    assert.deepEqual(findings("/house/src/sip/a_test.ts", source), [], source);
  }
  const fine = "const f = () => 1; a.b = f; a.b = f(() => 1); x = () => 1; class A { f = () => this; }";
  assert.deepEqual(findings("/house/src/sip/a.ts", fine), []);
});
