/** Where the program may not call libc (no `--allow-ffi`, another system), media runs on Deno's sockets by itself. */
import assert from "node:assert/strict";

const CALL = new URL("../support/plane_without_ffi.ts", import.meta.url).pathname;

Deno.test("plane: a process that may not call libc relays a call on Deno's sockets, and says so in the log", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", "--allow-net", "--allow-read", CALL],
    stdin: "null",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const { ffi, warnings, byAlice, byBob, suite } = JSON.parse(new TextDecoder().decode(stdout));
  assert.notEqual(ffi, "granted", "the test would prove nothing");
  assert.deepEqual(byBob, [[1, 0], [1, 1], [1, 2], [1, 3], [1, 4]]);
  assert.deepEqual(byAlice, [[2, 0], [2, 1], [2, 2], [2, 3], [2, 4]]);
  assert.equal(suite, "AES_CM_128_HMAC_SHA1_80");
  // Each of the two threads says the first, the plane once the second.
  assert.deepEqual(warnings.toSorted(), [
    "All calls share one media thread: with WebCrypto or Deno's sockets none can move",
    "Cannot call libc: media runs on Deno's sockets, without DSCP and at two thirds of the rate",
    "Cannot call libc: media runs on Deno's sockets, without DSCP and at two thirds of the rate",
  ]);
});
