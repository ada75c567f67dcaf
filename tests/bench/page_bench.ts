/**
 * What the page costs an office at work: 2,000 registered extensions, 300 calls of which some end and some begin every
 * second, the page open in a real browser. For each view: the time from the click until its data stand there, the
 * processor time that the server needs for its answers, and the share of a core that the server uses while the view is
 * looked at, beyond what it uses with the page closed.
 *
 *     deno run -A tests/bench/page_bench.ts [--extensions N] [--calls N] [--seconds N]
 */

import { parseArgs } from "node:util";
import { TestBrowser, type Visit } from "../support/browser.ts";
import { setUp, VIEWS } from "../support/page_office.ts";
import { TestServer } from "../support/server.ts";
import { PagePhones } from "./page_phones.ts";
import { median } from "./median.ts";
import { pause } from "../support/waiting.ts";

const SERVER = "127.0.0.70", PHONES = "127.0.0.71";
/** Calls that end and begin in a second. */
const CHURN = 2;
const MOST_CORE = 0.05, MOST_MS = 100;
/** Of each view. */
const VISITS = 5;

const { values } = parseArgs({
  options: {
    extensions: { type: "string", default: "2000" },
    calls: { type: "string", default: "300" },
    seconds: { type: "string", default: "10" },
  },
});
const extensions = Number(values.extensions), calls = Number(values.calls), seconds = Number(values.seconds);

const numberOf = (index: number) => String(10_000 + index);
const passwordOf = (number: string) => `secret-${number}`;

/** Seconds of processor time of a process, all threads. */
function cpuSeconds(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function measureCore(pid: number, forSeconds: number): Promise<number> {
  const before = cpuSeconds(pid), start = performance.now();
  await pause(1000 * forSeconds);
  return (cpuSeconds(pid) - before) / ((performance.now() - start) / 1000);
}

/** From the click to the picture with all data, measured inside the page, to the frame. */
async function measureView({ page }: Visit, path: string): Promise<number> {
  return await page.evaluate<number>(`new Promise((resolve) => {
    const start = performance.now();
    history.pushState(null, "", ${JSON.stringify(path)});
    dispatchEvent(new PopStateEvent("popstate"));
    let frames = 0;
    const look = () => {
      const isThere = frames++ > 0 && document.querySelector("h1") && !document.querySelector(".loading");
      if (isThere) resolve(performance.now() - start);
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  })`);
}

/** What the view in front has asked since the last look. */
async function questions({ page }: Visit): Promise<string[]> {
  return await page.evaluate<string[]>(`(() => {
    const asked = performance.getEntriesByType("resource").map(({ name }) => name);
    performance.clearResourceTimings();
    return [...new Set(asked.filter((name) => name.includes("/api/v1/") && !name.includes("/events")))];
  })()`);
}

/** Processor time of the server for the answers to all questions of a view, in milliseconds; kilobytes of them. */
async function measureAnswers(
  asked: readonly string[],
  visit: Visit,
): Promise<{ cpuMs: number; kB: number }> {
  const times = 40;
  const { cookies } = await visit.session;
  const headers = { cookie: cookies.map(({ name, value }) => `${name}=${value}`).join("; ") };
  let bytes = 0;
  const before = cpuSeconds(server.pid), start = performance.now();
  for (let i = 0; i < times; i++) {
    for (const url of asked) bytes += (await (await fetch(url, { headers })).arrayBuffer()).byteLength;
  }
  const spent = cpuSeconds(server.pid) - before - idle * (performance.now() - start) / 1000;
  return { cpuMs: Math.max(0, 1000 * spent / times), kB: bytes / times / 1000 };
}

async function startOffice(): Promise<TestServer> {
  const numbers = Array.from({ length: extensions }, (_, index) => numberOf(index));
  return await TestServer.start({
    address: SERVER,
    mediaPorts: "20000-23999",
    settings: { security: { allow: [PHONES] } },
    extensions: numbers.map((number) => ({ number, name: `Person ${number}`, password: passwordOf(number) })),
    office: {
      huntGroups: Array.from({ length: 10 }, (_, group) => ({
        number: `60${group}`,
        name: `Group ${group}`,
        members: numbers.slice(20 * group, 20 * group + 20).map((extension, order) => ({ extension, order })),
      })),
      rooms: Array.from({ length: 10 }, (_, room) => ({ number: `80${room}`, name: `Room ${room}` })),
    },
  });
}

async function fill(phones: PagePhones): Promise<void> {
  const step = 20;
  for (let at = 0; at < extensions; at += step) {
    const some = Array.from({ length: Math.min(step, extensions - at) }, (_, index) => numberOf(at + index));
    await Promise.all(some.map((number) => phones.register(number)));
  }
  for (let index = 0; index < calls; index++) {
    await phones.call(numberOf(2 * index % extensions), numberOf((2 * index + 1) % extensions));
  }
}

/** Ends and places calls until told to stop. */
function churn(phones: PagePhones): () => void {
  let index = 0;
  const timer = setInterval(() => {
    const first = 2 * (index++ % calls);
    phones.end().then(() => phones.call(numberOf(first % extensions), numberOf((first + 1) % extensions)))
      .catch((error) => console.log(`lost a call: ${error.message}`));
  }, 1000 / CHURN);
  return () => clearInterval(timer);
}

console.log(`${extensions} extensions, ${calls} calls, ${CHURN} of them new each second`);
await using server = await startOffice();
await using phones = new PagePhones({
  server: SERVER,
  address: PHONES,
  domain: server.domain,
  password: passwordOf,
});
await fill(phones);
await using browser = await TestBrowser.start();
await using visit = await browser.visit({ origin: `http://${SERVER}:8080` });
await setUp(visit, server);
const href = await visit.page.locator("a.row.call").first().getAttribute("href");
await visit.page.goto("about:blank");
const stop = churn(phones);
await pause(3000);
const idle = await measureCore(server.pid, 2 * seconds);
console.log(`server with the page closed: ${(100 * idle).toFixed(1)} % of a core; ${phones.calls} calls\n`);
console.log("| view | from click to data, median (best) | its answers cost | beyond the closed page |");
console.log("| --- | --- | --- | --- |");
await visit.page.goto("/settings");
await visit.settled();
let isGood = true;
for (const [name, path] of [...VIEWS, ["call", href!] as const]) {
  const times: number[] = [];
  for (let i = 0; i < VISITS; i++) {
    await visit.go("/nothing");
    await questions(visit);
    times.push(await measureView(visit, path.replace("/101", `/${numberOf(0)}`)));
  }
  const middleMs = median(times);
  const asked = await questions(visit);
  const core = await measureCore(server.pid, seconds) - idle;
  const { cpuMs, kB } = await measureAnswers(asked, visit);
  isGood &&= core < MOST_CORE && middleMs < MOST_MS;
  console.log(
    `| ${name} | ${middleMs.toFixed(0)} (${Math.min(...times).toFixed(0)}) ms | ${cpuMs.toFixed(1)} ms, ${
      kB.toFixed(0)
    } kB | ${(100 * core).toFixed(1)} % |`,
  );
}
console.log(`\nload of the machine: ${Deno.loadavg().map((load) => load.toFixed(1)).join(" ")}`);
stop();
console.log(`\n${isGood ? "within" : "NOT within"} ${100 * MOST_CORE} % of a core and ${MOST_MS} ms a view`);
