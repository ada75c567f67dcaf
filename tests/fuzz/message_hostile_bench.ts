/** That hostile messages cost what their length costs: `deno bench -A tests/fuzz/message_hostile_bench.ts`. */
import { bodyOfType, contacts, parseMessage, StreamFramer } from "../../src/sip/message/mod.ts";
import { killers } from "./message_killers.ts";

for (const size of [8_000, 64_000]) {
  for (const [name, bytes] of killers(size)) {
    Deno.bench(`${name}, ${bytes.length} bytes`, { group: name }, () => {
      const result = parseMessage(bytes);
      if (!result.ok) return;
      contacts(result.value);
      bodyOfType(result.value, "application/sdp");
    });
  }
  Deno.bench(`a head byte by byte, ${size} bytes`, { group: "stream" }, () => {
    const framer = new StreamFramer();
    const byte = new Uint8Array([97]);
    for (let i = 0; i < size; i++) framer.push(byte);
  });
}
