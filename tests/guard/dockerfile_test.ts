/** The Dockerfile, read: no engine builds it here. */

import assert from "node:assert/strict";
import { validate } from "dockerfile-utils";
import { readSettings } from "../../src/config/mod.ts";

const HOUSE = new URL("../../", import.meta.url);
const text = await Deno.readTextFile(new URL("Dockerfile", HOUSE));
const script = await Deno.readTextFile(new URL("install.sh", HOUSE));
const instructions = text.replaceAll(/^#.*\n/gm, "").replaceAll(/\\\n/g, " ").split("\n").filter(Boolean);
/** The image itself; what comes before only builds. */
const image = instructions.slice(instructions.findLastIndex((line) => line.startsWith("FROM ")));
const last = (name: string) => image.findLast((line) => line.startsWith(`${name} `))?.slice(name.length + 1);

/** The configuration that a new installation writes, with its variables filled in. */
function newConfiguration(): string {
  const [, body] = /print_config\(\) \{\n {2}cat <<END\n([^]*?)\nEND\n/.exec(script) ?? [];
  assert.ok(body);
  return body.replaceAll("$NAME", "sipedge").replaceAll("$locale", "en").replaceAll("$domain", "a.example");
}

Deno.test("the Dockerfile has no fault", () => {
  assert.deepEqual(
    validate(text).map(({ message, range }) => `line ${range.start.line + 1}: ${message}`),
    [],
  );
});

Deno.test("every image is named with its version", () => {
  for (const line of instructions.filter((one) => one.startsWith("FROM "))) {
    assert.match(line, /^FROM [a-z/]+:[0-9][\w.-]*( AS \w+)?$/);
  }
});

Deno.test("the container runs without root, says how it is, and ends when asked to", () => {
  assert.match(last("USER") ?? "root", /^(?!root|0)\w+$/);
  assert.match(last("HEALTHCHECK") ?? "", / CMD sipedge status /);
  assert.equal(last("STOPSIGNAL"), "SIGTERM");
  assert.equal(`${last("ENTRYPOINT")} ${last("CMD")}`, '["sipedge"] ["serve"]');
  assert.deepEqual(JSON.parse(last("VOLUME") ?? ""), ["/etc/sipedge", "/var/lib/sipedge"]);
});

Deno.test("the configuration of a new installation is good, and its ports are exposed", () => {
  const reading = readSettings(newConfiguration(), { timeZone: "UTC" });
  assert.ok(reading.ok);
  assert.deepEqual(reading.warnings, []);
  const { listen: { sip, web }, media: { ports } } = reading.value;
  const wanted = [
    ...sip.map(({ transport, port }) => `${port}/${transport === "udp" ? "udp" : "tcp"}`),
    `${web?.port}/tcp`,
    `${ports.first}-${ports.last}/udp`,
  ];
  assert.deepEqual(last("EXPOSE")?.split(" "), wanted);
});

Deno.test("what the build needs is sent to it, and nothing else of size", async () => {
  const left = (await Deno.readTextFile(new URL(".dockerignore", HOUSE))).split("\n").filter(Boolean);
  const ignored = (await Deno.readTextFile(new URL(".gitignore", HOUSE))).split("\n").filter(Boolean);
  const names = ignored.map((line) => line.replaceAll("/", ""));
  assert.deepEqual(left.toSorted(), [".git", ...names].toSorted());
});
