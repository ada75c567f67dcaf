import assert from "node:assert/strict";
import { seededRandom } from "../base/mod.ts";
import { askStun, printBindingRequest, readBindingAnswer } from "./stun.ts";

const TRANSACTION = Uint8Array.from({ length: 12 }, (_, index) => index + 1);

/** An answer with SOFTWARE in front and the mapped address 198.51.100.7. */
function answer(request: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(20 + 8 + 12);
  bytes.set(request.subarray(0, 20));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x0101);
  view.setUint16(2, 20);
  view.setUint16(20, 0x8022);
  view.setUint16(22, 3);
  view.setUint16(28, 0x0020);
  view.setUint16(30, 8);
  bytes[33] = 1;
  view.setUint32(36, (0xc6336407 ^ 0x2112a442) >>> 0);
  return bytes;
}

Deno.test("the mapped address is read behind other attributes", () => {
  assert.equal(readBindingAnswer(answer(printBindingRequest(TRANSACTION)), TRANSACTION), "198.51.100.7");
});

Deno.test("answers to others, cut ones and noise are no answer", () => {
  const whole = answer(printBindingRequest(TRANSACTION));
  assert.equal(readBindingAnswer(whole, TRANSACTION.map((byte) => byte + 1)), undefined);
  for (let length = 0; length < whole.length; length++) {
    assert.equal(readBindingAnswer(whole.subarray(0, length), TRANSACTION), undefined, String(length));
  }
});

Deno.test("a server on loopback is asked and believed", async () => {
  const server = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    const [bytes, from] = await server.receive();
    await server.send(answer(bytes), from);
  })();
  const { port } = server.addr as Deno.NetAddr;
  assert.equal(await askStun(`127.0.0.1:${port}`, seededRandom(1)), "198.51.100.7");
  await serving;
  server.close();
});
