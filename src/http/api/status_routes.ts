/** The state of the whole server at a glance, and the board that shows it over time. */

import dashboard from "../../../extras/grafana-dashboard.json" with { type: "json" };
import { download } from "./call_routes.ts";
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
  endpoint({
    method: "get",
    path: "/grafana-dashboard",
    summary: "A dashboard for Grafana, over what Prometheus reads at /metrics",
    tag: "status",
    access: "status",
    media: ["application/json"],
    handle: () =>
      new Response(JSON.stringify(dashboard, undefined, 2), {
        headers: download("application/json", "sipedge-grafana.json"),
      }),
  }),
];
