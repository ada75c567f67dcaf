/** Recordings of rooms: who was in them and when, the sound itself, and their end. */

import { z } from "zod";
import { download } from "./call_routes.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { cutPage, pageOf, pageQuery } from "./paging.ts";
import type { RecordingItem } from "./ports.ts";
import { Problem } from "./problem.ts";

const domainParams = z.object({ domain: z.string().max(255) });
const params = domainParams.extend({ id: z.string().max(128) });

const recordingView = z.object({
  id: z.string(),
  room: z.string(),
  /** Milliseconds since the epoch. */
  startedAt: z.number(),
  endedAt: z.number(),
  seconds: z.number(),
  /** Numbers of all who were in the room meanwhile. */
  members: z.array(z.string()),
  /** Why it ended before its time. */
  error: z.string().exactOptional(),
});

function show(recording: RecordingItem): z.input<typeof recordingView> {
  const { id, room, startedAt, endedAt, seconds, members, error } = recording;
  return {
    id,
    room,
    startedAt,
    endedAt,
    seconds,
    members: [...members],
    ...(error !== undefined && { error }),
  };
}

export const recordingRoutes: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/domains/{domain}/recordings",
    summary: "Recordings of rooms, newest first",
    tag: "recordings",
    access: "records",
    params: domainParams,
    query: pageQuery,
    response: pageOf(recordingView),
    handle({ context, params, query }) {
      const domain = context.directory.domain(params.domain);
      if (domain instanceof Problem) return domain;
      return cutPage(context.commands.recordings.list(domain.name), query, {
        texts: ({ room, members }) => [room, ...members],
        view: show,
      });
    },
  }),
  endpoint({
    method: "get",
    path: "/domains/{domain}/recordings/{id}",
    summary: "The sound of a recording",
    tag: "recordings",
    access: "records",
    params,
    media: ["audio/wav"],
    handle({ context, params }) {
      const domain = context.directory.domain(params.domain);
      if (domain instanceof Problem) return domain;
      const sound = context.commands.recordings.read(domain.name, params.id);
      if (!sound) return unknown(params.id);
      return new Response(ReadableStream.from(sound), {
        headers: download("audio/wav", `${params.id}.wav`),
      });
    },
  }),
  endpoint({
    method: "delete",
    path: "/domains/{domain}/recordings/{id}",
    summary: "Delete a recording",
    tag: "recordings",
    access: "calls",
    params,
    handle({ context, params }) {
      const domain = context.directory.domain(params.domain);
      if (domain instanceof Problem) return domain;
      return context.commands.recordings.delete(domain.name, params.id) ? undefined : unknown(params.id);
    },
  }),
];

function unknown(id: string): Problem {
  return new Problem("not-found", `There is no recording ${id}`);
}
