/** Groups, queues and rooms as they are now, and what can be done in a room. */

import { z } from "zod";
import { dialledText, strict } from "../../config/mod.ts";
import { domainParams } from "./collection.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { Problem } from "./problem.ts";
import { groupView, roomView } from "./views_status.ts";

const memberText = z.string().min(1).max(128);

const roomAction = z.discriminatedUnion("kind", [
  strict({ kind: z.literal("mute"), member: memberText, muted: z.boolean() }),
  strict({ kind: z.literal("muteAll"), muted: z.boolean() }),
  strict({ kind: z.literal("remove"), member: memberText }),
  strict({ kind: z.literal("lock"), locked: z.boolean() }),
  strict({ kind: z.literal("record"), on: z.boolean() }),
  strict({ kind: z.literal("invite"), number: dialledText }),
  strict({ kind: z.literal("end") }),
], { error: "expected kind to be one of mute, muteAll, remove, lock, record, invite, end" });

export const liveRoutes: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/domains/{domain}/groups",
    summary: "Hunt and ring groups now: who waits, who rings, who is free",
    tag: "live",
    access: "status",
    params: domainParams,
    response: z.object({ items: z.array(groupView) }),
    handle({ context, params }) {
      const domain = context.directory.domain(params.domain);
      return domain instanceof Problem ? domain : { items: [...context.queries.groups(domain.name)] };
    },
  }),
  endpoint({
    method: "get",
    path: "/domains/{domain}/conferences",
    summary: "Rooms now: who is in them, who talks, how they sound",
    tag: "live",
    access: "status",
    params: domainParams,
    response: z.object({ items: z.array(roomView) }),
    async handle({ context, params }) {
      const domain = context.directory.domain(params.domain);
      return domain instanceof Problem ? domain : { items: [...await context.queries.rooms(domain.name)] };
    },
  }),
  endpoint({
    method: "post",
    path: "/domains/{domain}/conferences/{number}",
    summary: "Mute, remove, lock, record, invite, end",
    tag: "live",
    access: "calls",
    params: z.object({ domain: z.string().max(255), number: z.string().max(64) }),
    body: roomAction,
    handle({ context, params, body }) {
      const domain = context.directory.domain(params.domain);
      if (domain instanceof Problem) return domain;
      const done = context.commands.room(domain.name, params.number, body);
      return done ? undefined : new Problem("not-found", `There is no room ${params.number}`);
    },
  }),
];
