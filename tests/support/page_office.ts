/** An office in which something goes on, for tests of the page: calls, a room, a queue, lines up and down, bans. */

import { Baresip } from "./baresip.ts";
import type { Visit } from "./browser.ts";
import { TestServer } from "./server.ts";

export const ADMIN = { name: "admin", password: "correct horse battery" } as const;

/** Every view of the page but a single call. */
export const VIEWS: readonly (readonly [name: string, path: string])[] = [
  ["overview", "/"],
  ["calls", "/calls"],
  ["past", "/calls/past"],
  ["extensions", "/extensions"],
  ["extension", "/extensions/office.example/101"],
  ["groups", "/groups"],
  ["rooms", "/rooms"],
  ["lines", "/lines"],
  ["routing", "/routing"],
  ["schedules", "/routing/schedules"],
  ["callers", "/routing/callers"],
  ["security", "/security"],
  ["account", "/security/account"],
  ["tokens", "/security/tokens"],
  ["audit", "/security/audit"],
  ["certificates", "/certificates"],
  ["settings", "/settings"],
  ["logs", "/logs"],
  ["nothing", "/nothing"],
];

export interface PageOfficeOptions {
  readonly address: string;
  readonly mediaPorts: string;
  readonly locale?: "en" | "zh";
}

const PEOPLE = [
  "Alice Adler",
  "Bob Baker",
  "Carol Chen",
  "Dan",
  "Eve",
  "王小明",
  "Frieda von Hohenstein-Wolkenburg",
];

/** Seven extensions, two groups, two rooms, two lines of which one is dead, rules and a schedule. */
export async function startPageOffice(options: PageOfficeOptions): Promise<TestServer> {
  const { address, mediaPorts, locale = "en" } = options;
  return await TestServer.start({
    address,
    mediaPorts,
    settings: { server: { locale }, security: { allow: [] } },
    extensions: PEOPLE.map((name, index) => ({
      number: `10${index}`,
      name,
      password: `secret-10${index}`,
      ...(index === 6 && { forward: { noAnswer: { to: "100", afterSeconds: 20 } } }),
    })),
    office: {
      huntGroups: [{
        number: "600",
        name: "Sales",
        members: [{ extension: "101", order: 1 }, { extension: "106", order: 2 }],
        queue: { maxWaitSeconds: 120, maxCallers: 5 },
        overflow: { to: "100" },
      }],
      ringGroups: [{ number: "610", name: "Front desk", members: ["100", "101", "105"] }],
      rooms: [{ number: "800", name: "Board", capacity: 5 }, { number: "801", pin: "4711", capacity: 12 }],
      lines: [
        {
          name: "carrier",
          kind: "register",
          server: `sip:${address}:5999`,
          username: "4930123",
          password: "line-secret",
          incoming: [{ number: "*", to: "600" }],
        },
        {
          name: "branch",
          kind: "peer",
          server: `sip:${address}:5060`,
          optionsSeconds: 0,
          addresses: ["192.0.2.7"],
        },
      ],
      schedules: [{ name: "office", hours: ["mo-fr 08:00-17:00"], holidays: ["12-25"] }],
      rules: [
        { match: "900*", via: [], level: "outside" },
        { match: "9*", strip: 1, via: ["carrier", "branch"], level: "outside", schedule: "office" },
      ],
    },
  });
}

/** A phone of that office, on an address of its own. */
export function officePhone(
  server: TestServer,
  user: string,
  rest: Partial<Parameters<typeof Baresip.start>[0]> = {},
): Promise<Baresip> {
  const transport = rest.transport ?? "tls";
  return Baresip.start({
    user,
    password: `secret-${user}`,
    domain: server.domain,
    server: `${server.address}:${transport === "tls" ? 5061 : 5060}`,
    transport,
    encryption: transport === "tls" ? "srtp-mand" : "none",
    codec: "PCMA",
    tone: 440 + 50 * Number(user.at(-1)),
    address: `127.0.0.${100 + Number(user.at(-1))}`,
    seconds: 240,
    ...rest,
  });
}

/** The one-time link as the log tells it, a moment after the listeners are up. */
export async function setupLink(server: TestServer): Promise<string> {
  for (let i = 0; i < 100; i++) {
    const link = /https?:\/\/[^\s"]+\/setup#[\w-]+/.exec(server.log)?.[0];
    if (link !== undefined) return link;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`There is no one-time link in the log:\n${server.log}`);
}

/** Opens the one-time link and chooses the password; ends on the overview. */
export async function setUp(visit: Visit, server: TestServer): Promise<void> {
  const { page } = visit;
  await page.goto(await setupLink(server));
  await page.locator("input[name=password]").fill(ADMIN.password);
  await page.locator("input[name=again]").fill(ADMIN.password);
  await page.locator("button[type=submit]").click();
  await page.locator(".frame").waitFor();
  await visit.settled();
}
