/** The state of the whole server at a glance. */

import { endpoint } from "./endpoint.ts";
import { overviewView } from "./views_status.ts";

export const statusRoutes = [
  endpoint({
    method: "get",
    path: "/overview",
    summary: "Listeners, certificates, counts, load, warnings",
    tag: "status",
    access: "status",
    response: overviewView,
    handle: ({ context }) => context.queries.overview(),
  }),
];
