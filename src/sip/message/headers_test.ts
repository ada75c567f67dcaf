import assert from "node:assert/strict";
import { ok } from "../../base/mod.ts";
import { Headers } from "./headers.ts";
import { parseNameAddr } from "./name_addr.ts";

function headers(...fields: readonly (readonly [string, string])[]): Headers {
  const made = new Headers();
  for (const [name, value] of fields) made.append(name, value);
  return made;
}

Deno.test("names are found in any case and in compact form, and printed in their usual spelling", () => {
  const made = headers(["v", "a"], ["VIA", "b"], ["call-id", "c"], ["cseq", "1 X"], ["X-Own", "d"]);
  assert.deepEqual(made.all("Via"), ["a", "b"]);
  assert.equal(made.get("I"), "c");
  assert.equal(made.get("x-oWN"), "d");
  assert.deepEqual([...made].map(([name]) => name), ["Via", "Via", "Call-ID", "CSeq", "X-Own"]);
});

Deno.test("lists are split at commas outside quotes and brackets, other headers are not", () => {
  const made = headers(
    ["Contact", '"a, b" <sip:a@b,c>;x="\\",", <sip:d>,'],
    ["Subject", "a, b"],
    ["X-Own", "a, b"],
    ["Supported", ""],
  );
  assert.deepEqual(made.all("m"), ['"a, b" <sip:a@b,c>;x="\\","', "<sip:d>"]);
  assert.equal(made.get("m"), '"a, b" <sip:a@b,c>;x="\\","');
  assert.deepEqual(made.all("Subject"), ["a, b"]);
  assert.deepEqual(made.all("x-own"), ["a, b"]);
  assert.deepEqual(made.all("Supported"), []);
  assert.equal(made.get("Supported"), "");
  assert.equal(made.get("Require"), undefined);
});

Deno.test("set replaces all by one at the place of the first", () => {
  const made = headers(["a", "1"], ["Via", "x"], ["b", "2"], ["v", "y"]);
  made.set("via", "z");
  assert.deepEqual([...made].map(([, value]) => value), ["1", "z", "2"]);
  made.set("c", "3");
  assert.equal(made.size, 4);
});

Deno.test("prepend puts a field before the others of its name, or before all", () => {
  const made = headers(["From", "f"], ["Via", "1"]);
  made.prepend("Via", "0");
  made.prepend("Route", "r");
  assert.deepEqual([...made].map(([name, value]) => name + value), ["Router", "Fromf", "Via0", "Via1"]);
});

Deno.test("removeFirst takes one value and leaves the rest of its field", () => {
  const made = headers(["Via", "a, b"], ["Via", "c"]);
  for (const left of [["b", "c"], ["c"], [], []]) {
    made.removeFirst("v");
    assert.deepEqual(made.all("Via"), left);
  }
  assert.equal(made.size, 0);
});

Deno.test("remove takes every field of that name", () => {
  const made = headers(["Via", "a"], ["X-A", "1"], ["v", "b"]);
  made.remove("via");
  assert.equal(made.has("Via"), false);
  assert.equal(made.count("x-a"), 1);
});

Deno.test("a clone changes without its original", () => {
  const made = headers(["Via", "a"]);
  const copy = made.clone();
  copy.set("Via", "b");
  copy.append("X-A", "y");
  assert.deepEqual([...made], [["Via", "a"]]);
  assert.deepEqual([...copy], [["Via", "b"], ["X-A", "y"]]);
});

Deno.test("nothing that could break out of a field can be set", () => {
  const made = new Headers();
  for (const value of ["a\r\nVia: x", "a\nb", "a\rb"]) {
    assert.throws(() => made.append("X", value), TypeError);
    assert.throws(() => made.set("X", value), TypeError);
    assert.throws(() => made.prepend("X", value), TypeError);
  }
  for (const name of ["", "a b", "a:b", "a\r\nb", "\u00e9"]) {
    assert.throws(() => made.append(name, "x"), TypeError);
  }
  assert.equal(made.size, 0);
});

Deno.test("names of prototypes are names like others", () => {
  const made = headers(["__proto__", "1"], ["constructor", "2"], ["toString", "3"]);
  assert.equal(made.get("__PROTO__"), "1");
  assert.equal(made.get("Constructor"), "2");
  assert.equal(made.get("hasOwnProperty"), undefined);
  assert.deepEqual(Object.keys({}), []);
});

Deno.test("what was parsed is kept with its field and forgotten with it", () => {
  let calls = 0;
  const parse = (text: string) => {
    calls++;
    return parseNameAddr(text);
  };
  const made = headers(["From", "<sip:a@b>"], ["Route", "<sip:a>, <sip:b>"]);
  assert.equal(made.read("from", parse), made.read("f", parse));
  assert.equal(calls, 1);
  made.set("From", "<sip:c@d>");
  const second = made.read("From", parse);
  assert.ok(second?.ok && second.value.uri.scheme === "sip" && second.value.uri.host === "d");
  assert.equal(made.readAll("Route", parse).length, 2);
  made.readAll("Route", parse);
  assert.equal(calls, 4);
  made.append("Route", "<sip:c>");
  made.append("Route", "<sip:d>");
  assert.equal(made.readAll("Route", parse).length, 4);
  assert.equal(made.readAll("Route", parse).length, 4);
  assert.equal(calls, 6);
});

Deno.test("a replaced first value is read as told, and the others stay", () => {
  const parse = (text: string) => ok(text.toUpperCase());
  const headers = new Headers();
  headers.append("Via", "a");
  headers.append("To", "b");
  headers.replaceFirst("v", "told", { parse, parsed: "READ BEFORE" });
  assert.deepEqual(headers.readAll("Via", parse), [ok("READ BEFORE")]);
  assert.deepEqual([...headers], [["Via", "told"], ["To", "b"]]);
  headers.replaceFirst("To", "told", { parse, parsed: "READ BEFORE" });
  assert.deepEqual(headers.read("To", parse), ok("READ BEFORE"));
  headers.set("Via", "a, b");
  headers.replaceFirst("Via", "told", { parse, parsed: "TOLD" });
  assert.deepEqual(headers.all("Via"), ["told", "b"]);
  headers.replaceFirst("X-New", "told", { parse, parsed: "TOLD" });
  assert.equal(headers.get("X-New"), "told");
  assert.throws(() => headers.replaceFirst("Via", "a\r\nb", { parse, parsed: "" }), TypeError);
});
