import assert from "node:assert/strict";
import { type DomainSettings, readStoredDomain, testSettings } from "../../config/mod.ts";
import { createDirectory, findNewErrors } from "./mod.ts";

const createHa1 = (user: string, realm: string, password: string) => ({
  md5: `md5(${user}:${realm}:${password})`,
  sha256: `sha(${user}:${realm}:${password})`,
});

function domainOf(value: object): DomainSettings {
  const reading = readStoredDomain(value);
  assert.ok(reading.ok);
  return reading.value;
}

const OFFICE = {
  name: "Office.Example",
  aliases: ["pbx.office.example"],
  extensions: [{ number: "100", name: "Alice", password: "s3cret-a" }, { number: "101", name: "Bob" }],
  huntGroups: [{ number: "600", members: ["100"] }],
  ringGroups: [{ number: "610", members: ["100"] }],
  rooms: [{ number: "800" }],
  lines: [{ name: "carrier", kind: "peer", server: "sip:192.0.2.1" }],
};

Deno.test("a domain answers to its name and aliases without regard to case or a final dot", () => {
  const directory = createDirectory({ settings: testSettings({ domains: [OFFICE] }), createHa1 });
  for (const name of ["office.example", "OFFICE.example", "office.example.", "pbx.office.example"]) {
    assert.equal(directory.domain(name)?.name, "office.example", name);
    assert.equal(directory.extension(name, "100")?.name, "Alice", name);
    assert.equal(directory.line(name, "carrier")?.server, "sip:192.0.2.1");
  }
  assert.equal(directory.domain("other.example"), undefined);
  assert.equal(directory.domain("x".repeat(100_000)), undefined);
});

Deno.test("the same number in two domains is two extensions", () => {
  const other = { name: "other.example", extensions: [{ number: "100", name: "Zoe", password: "s3cret-z" }] };
  const directory = createDirectory({ settings: testSettings({ domains: [OFFICE, other] }), createHa1 });
  assert.equal(directory.extension("office.example", "100")?.name, "Alice");
  assert.equal(directory.extension("other.example", "100")?.name, "Zoe");
  assert.equal(directory.credentials("other.example", "100")?.md5, "md5(100:other.example:s3cret-z)");
  assert.equal(directory.extension("other.example", "101"), undefined);
  assert.equal(directory.defaultDomain()?.name, "office.example");
});

Deno.test("a dialled number is found as what it is, once", () => {
  const directory = createDirectory({ settings: testSettings({ domains: [OFFICE] }), createHa1 });
  const kinds = ["100", "600", "610", "800", "999", "__proto__"].map((number) =>
    directory.find("office.example", number)?.kind
  );
  assert.deepEqual(kinds, ["extension", "huntGroup", "ringGroup", "room", undefined, undefined]);
});

Deno.test("no password in clear is served", () => {
  const directory = createDirectory({ settings: testSettings({ domains: [OFFICE] }), createHa1 });
  assert.doesNotMatch(
    JSON.stringify([directory.domains(), directory.find("office.example", "100")]),
    /s3cret/,
  );
});

Deno.test("what stands in the file wins over what is stored, and is marked", () => {
  const stored = domainOf({
    name: "office.example",
    aliases: ["second.example"],
    extensions: [
      { number: "100", name: "Impostor" },
      { number: "101", name: "Stored Bob" },
      { number: "103", name: "Dora" },
      { number: "800", name: "shadows the room" },
    ],
    rooms: [{ number: "801" }],
    lines: [{ name: "carrier", kind: "peer", server: "sip:198.51.100.1" }],
  });
  const credentials = new Map(["100", "101", "103"].map((number) => [`office.example/${number}`, {
    md5: `stored ${number}`,
    sha256: "",
  }]));
  const directory = createDirectory({
    settings: testSettings({ domains: [OFFICE] }),
    stored: { domains: [stored], credentials },
    createHa1,
  });
  const names = directory.domain("second.example")?.extensions.map(({ number, name }) => [number, name]);
  assert.deepEqual(names, [["100", "Alice"], ["101", "Bob"], ["103", "Dora"]]);
  assert.equal(directory.find("office.example", "800")?.kind, "room");
  assert.equal(directory.find("office.example", "801")?.kind, "room");
  assert.equal(directory.line("office.example", "carrier")?.server, "sip:192.0.2.1");
  // The file's password counts; a file without one takes the stored hash.
  assert.equal(directory.credentials("office.example", "100")?.md5, "md5(100:office.example:s3cret-a)");
  assert.equal(directory.credentials("office.example", "101")?.md5, "stored 101");
  assert.equal(directory.credentials("office.example", "103")?.md5, "stored 103");
  assert.equal(directory.isFromFile("OFFICE.example", "extension", "100"), true);
  assert.equal(directory.isFromFile("office.example", "extension", "103"), false);
  assert.equal(directory.isFromFile("second.example", "domain", "second.example"), true);
  assert.equal(directory.isFromFile("nowhere.example", "extension", "100"), false);
});

Deno.test("an extension that is switched off has no credentials", () => {
  const extensions = [{ number: "100", password: "s3cret-a", enabled: false }];
  const settings = testSettings({ domains: [{ name: "a.example", extensions }] });
  assert.equal(createDirectory({ settings, createHa1 }).credentials("a.example", "100"), undefined);
});

Deno.test("no alias takes the name of another domain", () => {
  const thief = domainOf({
    name: "thief.example",
    aliases: ["office.example"],
    extensions: [{ number: "100", name: "Mallory" }],
  });
  const directory = createDirectory({
    settings: testSettings({ domains: [OFFICE] }),
    stored: { domains: [thief], credentials: new Map() },
    createHa1,
  });
  assert.equal(directory.extension("office.example", "100")?.name, "Alice");
});

Deno.test("replace puts everything in place before it tells, and hashes only what changed", () => {
  let hashed = 0;
  const directory = createDirectory({
    settings: testSettings({ domains: [OFFICE] }),
    createHa1: (...parts) => (hashed++, createHa1(...parts)),
  });
  const seen: (string | undefined)[] = [];
  directory.onChange(() => seen.push(directory.extension("office.example", "100")?.name));
  const [alice, bob] = OFFICE.extensions;
  directory.replace({
    settings: testSettings({ domains: [{ ...OFFICE, extensions: [{ ...alice, name: "Alicia" }, bob] }] }),
  });
  assert.deepEqual(seen, ["Alicia"]);
  assert.equal(hashed, 1);
  directory.replace({ stored: { domains: [domainOf({ name: "new.example" })], credentials: new Map() } });
  assert.deepEqual(directory.domains().map(({ name }) => name), ["office.example", "new.example"]);
});

Deno.test("a stored group may have members from the file, and a change is judged by what it breaks anew", () => {
  const settings = testSettings({ domains: [OFFICE] });
  const group = (members: string[]) =>
    domainOf({
      name: "office.example",
      huntGroups: [{ number: "601", members }],
      rooms: [{ number: "801" }],
    });
  const errors = (before: DomainSettings[], after: DomainSettings[]) =>
    findNewErrors({ settings, before, after });
  assert.deepEqual(errors([], [group(["100", "101"])]), []);
  assert.deepEqual(errors([], [group(["109"])]), [
    "domains[0].huntGroups[1].members[0].extension: 109 cannot be a member: no such extension, did you mean 100?",
  ]);
  // 109 was an extension of the file once; that it has gone holds up nothing else.
  assert.deepEqual(errors([group(["109"])], [{ ...group(["109"]), rooms: [] }]), []);
  const two = domainOf({
    name: "office.example",
    huntGroups: [{ number: "601", members: ["100"] }, { number: "602", members: ["109"] }],
  });
  assert.deepEqual(errors([two], [{ ...two, huntGroups: two.huntGroups.slice(1) }]), []);
});
