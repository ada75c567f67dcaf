import assert from "node:assert/strict";
import { ManualClock } from "../../base/mod.ts";
import type { Endpoint, RequestOutcome } from "../../sip/mod.ts";
import { uri } from "../../../tests/support/sip_office.ts";
import { udpFlow } from "../../sip/transport/mod.ts";
import type { SipUri } from "../../sip/message/mod.ts";
import { Bindings } from "./bindings.ts";
import { KeepAlive } from "./keep_alive.ts";

const STORE = { all: () => Promise.resolve([]), put() {}, remove() {} };

function setUp(devices: number, intervalSec: number) {
  const clock = new ManualClock();
  const bindings = new Bindings({ store: STORE as never, clock });
  for (let i = 0; i < devices; i++) {
    const contact = `sip:${i}@10.0.0.${i}`;
    bindings.put({
      domain: "office.example",
      extension: String(i),
      contact,
      uri: uri(contact) as SipUri,
      route: [],
      path: [],
      callId: "c",
      sequence: 1,
      q: 1,
      transport: "udp",
      localHost: "10.0.1.1",
      localPort: 5060,
      remoteHost: `10.0.0.${i}`,
      remotePort: 5060,
      flow: udpFlow({ host: "10.0.1.1", port: 5060 }, { host: `10.0.0.${i}`, port: 5060 }),
      isReachable: true,
      registeredAt: 0,
      refreshedAt: 0,
      expiresAt: 1e9,
    });
  }
  const asked: { contact: string; done: (outcome: RequestOutcome) => void }[] = [];
  const endpoint = {
    request(wish: { requestUri: SipUri }, done: (outcome: RequestOutcome) => void) {
      asked.push({ contact: wish.requestUri.user!, done });
    },
  } as unknown as Endpoint;
  const keepAlive = new KeepAlive({ bindings, endpoint, clock, intervalSec: () => intervalSec });
  keepAlive.start();
  return { clock, bindings, asked };
}

Deno.test("every device is asked once in each interval, not all at once", () => {
  const { clock, asked } = setUp(60, 30);
  for (let second = 0; second < 30; second++) {
    const before = asked.length;
    clock.advance(1000);
    assert.equal(asked.length - before, 2);
  }
  assert.equal(new Set(asked.map(({ contact }) => contact)).size, 60);
});

Deno.test("an interval of 0 asks nobody", () => {
  const { clock, asked } = setUp(3, 0);
  clock.advance(120_000);
  assert.equal(asked.length, 0);
});

Deno.test("a device that stays silent three times is unreachable until it answers", () => {
  const { clock, bindings, asked } = setUp(1, 1);
  const [binding] = bindings.all();
  const isReachable = () => bindings.of(binding!.domain, binding!.extension)[0]!.isReachable;
  for (let i = 0; i < 3; i++) {
    assert.ok(isReachable());
    clock.advance(1000);
    asked.at(-1)!.done({ kind: "failed", fault: "timeout" } as unknown as RequestOutcome);
  }
  assert.ok(!isReachable());
  clock.advance(1000);
  asked.at(-1)!.done({ kind: "response" } as RequestOutcome);
  assert.ok(isReachable());
});

Deno.test("a device that went and came again is judged anew", () => {
  const { clock, bindings, asked } = setUp(1, 1);
  const [binding] = bindings.all();
  const missOnce = () => {
    clock.advance(1000);
    asked.at(-1)!.done({ kind: "failed", fault: "timeout" } as unknown as RequestOutcome);
    return bindings.of(binding!.domain, binding!.extension)[0]!.isReachable;
  };
  assert.deepEqual([missOnce(), missOnce()], [true, true]);
  bindings.remove(binding!);
  clock.advance(1000);
  bindings.put(binding!);
  assert.deepEqual([missOnce(), missOnce(), missOnce()], [true, true, false]);
});
