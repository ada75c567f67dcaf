import assert from "node:assert/strict";
import { maskSecrets } from "./mask.ts";

Deno.test("keys, digest answers and passwords are masked, the rest stays readable", () => {
  const rows: [text: string, masked: string][] = [
    [
      "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:32",
      "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:***|2^20|1:32",
    ],
    [
      'Digest username="100", nonce="n", uri="sip:a", response="0123456789abcdef", cnonce="x"',
      'Digest username="100", nonce="n", uri="sip:a", response="***", cnonce="***"',
    ],
    ["<sip:100:hunter2@office.example;lr>", "<sip:100:***@office.example;lr>"],
    ["sip:100@192.0.2.1:5060", "sip:100@192.0.2.1:5060"],
    ["password: hunter2 next", 'password: "***" next'],
    ["/setup?token=abc123&x=1", '/setup?token="***"&x=1'],
    ["Authorization: Bearer abcdef.ghi", "Authorization: Bearer ***"],
    ["SIP/2.0 200 OK", "SIP/2.0 200 OK"],
  ];
  for (const [text, masked] of rows) assert.equal(maskSecrets(text), masked);
});

Deno.test("masking takes time in proportion to the text, whatever it holds", () => {
  for (const piece of ["inline:", "sip:a:", 'response="', "Bearer ", "token=", "sip:"]) {
    assert.equal(typeof maskSecrets(piece.repeat(20_000)), "string");
  }
});
