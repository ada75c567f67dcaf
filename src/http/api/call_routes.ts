/** Calls, live and past: who, how, why they ended; place one, hang one up. */

import { z } from "zod";
import { dialledText, strict } from "../../config/mod.ts";
import type { CallRecord, CallRecordQuery } from "../../pbx/ports.ts";
import type { ApiContext } from "./context.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { cutPage, pageOf, pageQuery } from "./paging.ts";
import { Problem } from "./problem.ts";
import {
  callView,
  ladderView,
  liveCallView,
  qualitySeries,
  type RecordView,
  recordView,
} from "./views_calls.ts";

const idParams = z.object({ id: z.string().max(128) });
const time = z.coerce.number().min(0).max(8.64e15).meta({ type: "number" });

const recordQuery = z.object({
  domain: z.string().max(255).exactOptional(),
  party: z.string().max(64).exactOptional(),
  result: z.string().max(64).exactOptional(),
  from: time.exactOptional(),
  to: time.exactOptional(),
});

function show(record: CallRecord): RecordView {
  const { legs, events, ...rest } = record;
  return { ...rest, legs: legs.map((leg) => ({ ...leg })), events: events.map((event) => ({ ...event })) };
}

function readQuery(query: z.output<typeof recordQuery>): Omit<CallRecordQuery, "offset" | "limit"> {
  const { from, to, ...rest } = query;
  return { ...rest, ...(from !== undefined && { fromMs: from }), ...(to !== undefined && { toMs: to }) };
}

/** A call by its id, live or past. */
async function find(
  id: string,
  { queries }: ApiContext,
): Promise<{ record: CallRecord; live: boolean } | Problem> {
  const live = queries.liveCall(id);
  if (live) return { record: live, live: true };
  const past = await queries.records.get(id);
  return past ? { record: past, live: false } : new Problem("not-found", "There is no such call");
}

const liveRoutes: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/calls",
    summary: "Calls now, with how they sound",
    tag: "calls",
    access: "status",
    query: pageQuery.extend({ domain: z.string().max(255).exactOptional() }),
    response: pageOf(liveCallView),
    handle({ context, query }) {
      const calls = context.queries.liveCalls().filter(({ domain }) =>
        query.domain === undefined || domain === query.domain
      );
      return cutPage(calls, query, {
        texts: ({ parties }) => parties,
        view: (call) => {
          const record = call.view();
          return { ...show(record), quality: [...context.queries.measureNow(record.id)] };
        },
      });
    },
  }),
  endpoint({
    method: "post",
    path: "/calls",
    problems: ["not-found", "conflict"],
    summary: "Place a call: rings `from`, then dials `to` in its name",
    tag: "calls",
    access: "calls",
    status: 202,
    body: strict({
      domain: z.string().max(255),
      from: z.string().min(1).max(64),
      to: dialledText,
    }),
    response: z.object({ accepted: z.literal(true) }),
    handle({ context, body }) {
      const domain = context.directory.domain(body.domain);
      if (domain instanceof Problem) return domain;
      const started = context.commands.originate({ ...body, domain: domain.name });
      return started.ok ? { accepted: true as const } : new Problem("conflict", started.error);
    },
  }),
  endpoint({
    method: "get",
    path: "/calls/{id}",
    summary: "One call, live or past, with the reason it ended",
    tag: "calls",
    access: "records",
    params: idParams,
    response: callView,
    async handle({ context, params }) {
      const found = await find(params.id, context);
      if (found instanceof Problem) return found;
      const { record, live } = found;
      const reason = context.queries.endReason(record);
      return { ...show(record), live, hasTrace: context.queries.hasTrace(record), ...(reason && { reason }) };
    },
  }),
  endpoint({
    method: "delete",
    path: "/calls/{id}",
    summary: "Hang up",
    tag: "calls",
    access: "calls",
    params: idParams,
    handle: ({ context, params }) =>
      context.commands.hangUp(params.id) ? undefined : new Problem("not-found", "The call has ended"),
  }),
  endpoint({
    method: "get",
    path: "/calls/{id}/ladder",
    summary: "SIP messages of a call, secrets masked",
    tag: "calls",
    access: "records",
    params: idParams,
    response: ladderView,
    async handle({ context, params }) {
      const found = await find(params.id, context);
      return found instanceof Problem ? found : context.queries.ladder(found.record);
    },
  }),
  endpoint({
    method: "get",
    path: "/calls/{id}/quality",
    summary: "How each side of a call sounded over time",
    tag: "calls",
    access: "records",
    params: idParams,
    response: z.object({ series: z.array(qualitySeries) }),
    handle: ({ context, params }) => ({ series: [...context.queries.quality(params.id)] }),
  }),
  endpoint({
    method: "get",
    path: "/calls/{id}/pcap",
    summary: "The SIP messages as a capture file, secrets masked",
    tag: "calls",
    access: "records",
    params: idParams,
    media: ["application/vnd.tcpdump.pcap"],
    async handle({ context, params }) {
      const found = await find(params.id, context);
      if (found instanceof Problem) return found;
      return new Response(context.queries.pcap(found.record), {
        headers: download("application/vnd.tcpdump.pcap", `call-${fileName(params.id)}.pcap`),
      });
    },
  }),
];

const recordRoutes: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/records",
    summary: "Call records, newest first",
    tag: "records",
    access: "records",
    query: recordQuery.extend(pageQuery.omit({ search: true }).shape),
    response: pageOf(recordView),
    async handle({ context, query }) {
      const { offset, limit, ...wanted } = query;
      const { rows, total } = await context.queries.records.list({ ...readQuery(wanted), offset, limit });
      return { items: rows.map(show), total, offset, limit };
    },
  }),
  endpoint({
    method: "get",
    path: "/records/export",
    summary: "All records that match, as CSV or JSON",
    tag: "records",
    access: "records",
    query: recordQuery.extend({ format: z.enum(["csv", "json"]).default("csv") }),
    media: ["text/csv", "application/json"],
    handle({ context, query }) {
      const { format, ...wanted } = query;
      const texts = context.queries.records.exportAs(format, readQuery(wanted));
      const type = format === "csv" ? "text/csv; charset=utf-8" : "application/json";
      return new Response(ReadableStream.from(texts).pipeThrough(new TextEncoderStream()), {
        headers: download(type, `calls.${format}`),
      });
    },
  }),
];

export const callRoutes: readonly Endpoint[] = [...liveRoutes, ...recordRoutes];

/** Headers of a file to be saved. */
export function download(type: string, name: string): Record<string, string> {
  return {
    "content-type": type,
    "content-disposition": `attachment; filename="${name}"`,
    "cache-control": "no-store",
  };
}

function fileName(text: string): string {
  return text.replace(/[^0-9A-Za-z._-]/g, "_").slice(0, 64);
}
