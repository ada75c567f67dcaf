import assert from "node:assert/strict";
import { createResponse, topVia } from "../../src/sip/message/mod.ts";
import { udpFlow } from "../../src/sip/transport/mod.ts";
import { optionsRequest, RealTransports } from "../support/real_transports.ts";

Deno.test("a request and its response cross by UDP, and the Via tells both paths", async () => {
  await using server = await RealTransports.open();
  await using client = await RealTransports.open();
  const port = server.port("udp");
  const target = { transport: "udp", address: { host: "127.0.0.1", port } } as const;
  client.transports.send(optionsRequest(), { kind: "target", target }, assert.fail);
  const { message, flow } = await server.received.next();
  assert.ok(message.kind === "request");
  const via = topVia(message);
  assert.equal(via.host, "127.0.0.1");
  assert.equal(via.port, client.port("udp"));
  assert.equal(via.params.get("received"), "127.0.0.1");
  assert.equal(via.params.get("rport"), String(client.port("udp")));
  assert.deepEqual(
    flow,
    udpFlow({ host: "127.0.0.1", port }, { host: "127.0.0.1", port: client.port("udp") }),
  );
  server.transports.send(createResponse(message, 200), { kind: "flow", flow }, assert.fail);
  const answer = await client.received.next();
  assert.ok(answer.message.kind === "response");
  assert.equal(answer.message.statusCode, 200);
});
