/** What is served beside the rows of the API, described by hand: streams and texts that no schema of ours checks. */

const PROBLEM = {
  description: "What could not be done, and why",
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
} as const;

const AT_ROOT = [{ url: "/" }] as const;

/** `kinds` of `PbxEvent`. */
const EVENT_KINDS = [
  "registered",
  "unregistered",
  "call",
  "line",
  "group",
  "room",
  "limit",
  "ban",
  "auth-failed",
];

function health(operationId: string, summary: string): Record<string, unknown> {
  const content = { "text/plain": { schema: { type: "string" } } };
  return {
    operationId,
    summary,
    tags: ["status"],
    security: [],
    responses: {
      200: { description: "All listeners are up", content },
      403: PROBLEM,
      503: { description: "Starting or stopping", content },
    },
  };
}

export const PLAIN_PATHS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "/events": {
    get: {
      operationId: "getEvents",
      summary: "What happens, as it happens (server-sent events); Last-Event-ID brings what was missed",
      tags: ["status"],
      "x-scope": "status",
      security: [{ token: [] }, { session: [] }],
      parameters: [{
        name: "kinds",
        in: "query",
        required: false,
        description: `Separated by commas: ${EVENT_KINDS.join(", ")}`,
        schema: { type: "string", maxLength: 200 },
      }, {
        name: "Last-Event-ID",
        in: "header",
        required: false,
        schema: { type: "string", maxLength: 64 },
      }],
      responses: {
        200: { description: "A stream without end", content: { "text/event-stream": {} } },
        401: PROBLEM,
        403: PROBLEM,
        503: PROBLEM,
      },
    },
  },
  "/openapi.json": {
    get: {
      operationId: "getOpenapiJson",
      summary: "This document",
      tags: ["status"],
      security: [],
      responses: {
        200: { description: "OpenAPI 3.1", content: { "application/json": { schema: { type: "object" } } } },
        403: PROBLEM,
      },
    },
  },
  "/metrics": {
    servers: AT_ROOT,
    get: {
      operationId: "getMetrics",
      summary: "Measures in the text format of Prometheus",
      tags: ["status"],
      "x-scope": "metrics",
      security: [{ token: [] }, { session: [] }],
      responses: {
        200: { description: "Done", content: { "text/plain": { schema: { type: "string" } } } },
        401: PROBLEM,
        403: PROBLEM,
      },
    },
  },
  "/healthz": { servers: AT_ROOT, get: health("getHealthz", "Does the server live?") },
  "/readyz": { servers: AT_ROOT, get: health("getReadyz", "Does the server take calls?") },
};
