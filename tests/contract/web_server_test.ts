import assert from "node:assert/strict";
import { serveHttp } from "../../src/platform/web_server.ts";
import { TestAuthority, TestCertificates } from "../support/tls_peer.ts";

const HOST = "127.0.0.1";
const authority = await TestAuthority.create();
const pair = await authority.issue(HOST);

for (const [version, http2] of [["HTTP/1.1", false], ["HTTP/2", true]] as const) {
  Deno.test(`over ${version} a request says which host it is for, and keeps its body`, async () => {
    const served = await serveHttp({
      host: HOST,
      port: 0,
      certificate: new TestCertificates(pair),
      handle: async (request) => new Response(`${request.headers.get("host")} ${await request.text()}`),
    });
    assert.ok(served.ok);
    const { port, stop } = served.value;
    using client = Deno.createHttpClient({ caCerts: [authority.certificate], http1: !http2, http2 });
    const answer = await fetch(`https://${HOST}:${port}/`, { method: "POST", body: "a body", client });
    assert.equal(await answer.text(), `${HOST}:${port} a body`);
    await stop();
  });
}
