import assert from "node:assert/strict";
import fc from "fast-check";
import { createRequest, createResponse, type NameAddr, type SipRequest } from "../message/mod.ts";
import {
  agreedByAnswer,
  expireAfterMs,
  parseSessionExpires,
  raisedTimer,
  refreshAfterMs,
  timerHeaders,
  timerVerdict,
} from "./session_timer.ts";

const SOMEBODY: NameAddr = {
  uri: { scheme: "sip", host: "example.com", params: new Map(), headers: new Map() },
  params: new Map(),
};

function invite(...headers: readonly (readonly [string, string])[]): SipRequest {
  return createRequest({
    method: "INVITE",
    requestUri: SOMEBODY.uri,
    from: SOMEBODY,
    to: SOMEBODY,
    callId: "c",
    sequence: 1,
    headers,
  });
}

function answer(...headers: readonly (readonly [string, string])[]) {
  const response = createResponse(invite(), 200);
  for (const [name, value] of headers) response.headers.append(name, value);
  return response;
}

Deno.test("Session-Expires: seconds, refresher, and whatever else stands there (RFC 4028 §4)", () => {
  assert.deepEqual(parseSessionExpires("1800"), { seconds: 1800 });
  assert.deepEqual(parseSessionExpires(" 90 ; Refresher = UAS ;x=1"), { seconds: 90, refresher: "uas" });
  assert.deepEqual(parseSessionExpires("90;refresher=me"), { seconds: 90 });
  for (const text of ["", "abc", "-5", "1e9", "99999999999", ";refresher=uac"]) {
    assert.equal(parseSessionExpires(text), undefined, text);
  }
});

Deno.test("an asker takes what the answer grants, and refreshes by itself one who ignored the wish", () => {
  const asked = { expiresSec: 1800, minSec: 90 };
  const granted = (value: string) => agreedByAnswer(answer(["Session-Expires", value]), asked);
  assert.deepEqual(granted("600;refresher=uac"), { intervalSec: 600, isOurs: true });
  assert.deepEqual(granted("600;refresher=uas"), { intervalSec: 600, isOurs: false });
  assert.deepEqual(granted("600"), { intervalSec: 600, isOurs: true });
  assert.deepEqual(granted("5;refresher=uas"), { intervalSec: 90, isOurs: false });
  assert.deepEqual(agreedByAnswer(answer(), asked), { intervalSec: 1800, isOurs: true });
  assert.equal(agreedByAnswer(answer(), undefined), undefined);
});

Deno.test("the answering side lowers the interval to its wish, but not below Min-SE of the request (§9)", () => {
  const timer = { expiresSec: 600, minSec: 90 };
  const verdict = (...headers: readonly (readonly [string, string])[]) => {
    const found = timerVerdict(invite(["Supported", "timer"], ...headers), timer);
    assert.equal(found.kind, "agreed");
    return found.kind === "agreed" ? found.refresh.intervalSec : 0;
  };
  assert.equal(verdict(["Session-Expires", "1800"]), 600);
  assert.equal(verdict(["Session-Expires", "300"]), 300);
  assert.equal(verdict(["Session-Expires", "1800"], ["Min-SE", "900"]), 900);
  assert.equal(verdict(), 600);
});

Deno.test("422 goes only to who understands it (§9)", () => {
  const small = ["Session-Expires", "60"] as const;
  assert.deepEqual(timerVerdict(invite(["Supported", "timer"], small), undefined), {
    kind: "too small",
    minSec: 90,
  });
  const old = timerVerdict(invite(small), undefined);
  assert.ok(old.kind === "agreed" && old.refresh.intervalSec === 90 && old.refresh.isOurs);
});

Deno.test("after a 422 the wish is what the peer demands, never less", () => {
  const response = createResponse(invite(), 422);
  response.headers.append("Min-SE", "900");
  assert.deepEqual(raisedTimer({ expiresSec: 600, minSec: 90 }, response), { expiresSec: 900, minSec: 900 });
  assert.deepEqual(raisedTimer({ expiresSec: 3600, minSec: 90 }, response), {
    expiresSec: 3600,
    minSec: 900,
  });
  assert.deepEqual(raisedTimer(undefined, response), { expiresSec: 900, minSec: 900 });
});

Deno.test("a wish names its refresher only within a dialog, and Min-SE only above the least", () => {
  assert.deepEqual(timerHeaders({ expiresSec: 600, minSec: 90 }), [["Session-Expires", "600"]]);
  assert.deepEqual(timerHeaders({ expiresSec: 600, minSec: 300 }, false), [
    ["Session-Expires", "600;refresher=uas"],
    ["Min-SE", "300"],
  ]);
});

Deno.test("refresh at half the interval, hang up 32 s or a third before its end (§7.4, §10)", () => {
  const long = { intervalSec: 1800, isOurs: true };
  assert.equal(refreshAfterMs(long), 900_000);
  assert.equal(expireAfterMs(long), 1_768_000);
  assert.equal(expireAfterMs({ intervalSec: 90, isOurs: true }), 60_000);
});

Deno.test("whatever numbers a peer writes, the interval stays between 90 s and a day", () => {
  const header = fc.oneof(
    fc.nat().map(String),
    fc.string(),
    fc.constantFrom("4294967295;refresher=uas", "0"),
  );
  fc.assert(fc.property(header, header, (expires, min) => {
    // Line breaks never reach a header.
    fc.pre(!/[\r\n]/.test(expires + min));
    const request = invite(["Session-Expires", expires], ["Min-SE", min], ["Supported", "timer"]);
    const verdict = timerVerdict(request, undefined);
    if (verdict.kind !== "agreed") return;
    const { intervalSec } = verdict.refresh;
    assert.ok(intervalSec >= 90 && intervalSec <= 86_400, `${intervalSec}`);
  }));
});
