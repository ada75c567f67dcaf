/** The API described in OpenAPI 3.1, made from the same rows and schemas that serve it. */

import { z } from "zod";
import type { Endpoint } from "./endpoint.ts";
import { PLAIN_PATHS } from "./openapi_plain.ts";
import { describeProblem, type ProblemKind } from "./problem.ts";

interface OpenApiOptions {
  readonly version: string;
  readonly secure: boolean;
}

type Json = Record<string, unknown>;

const PROBLEM: Json = {
  type: "object",
  description: "RFC 9457",
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    reason: { type: "string" },
    values: { type: "object", additionalProperties: { type: "string" } },
    errors: {
      type: "array",
      items: {
        type: "object",
        properties: { path: { type: "string" }, message: { type: "string" } },
        required: ["path", "message"],
        additionalProperties: false,
      },
    },
  },
  required: ["type", "title", "status"],
  additionalProperties: false,
};

/** The whole document as plain data. */
export function describeApi(endpoints: readonly Endpoint[], { version, secure }: OpenApiOptions): Json {
  const paths: Record<string, Json> = {};
  for (const row of endpoints) (paths[row.path] ??= {})[row.method] = operation(row);
  return {
    openapi: "3.1.1",
    info: {
      title: "sipedge",
      version,
      description: "Everything the page does. Times are milliseconds since the epoch. " +
        "Errors are problem details (RFC 9457). A method that does not exist at a path is 405 with Allow.",
    },
    servers: [{ url: "/api/v1" }],
    paths: { ...paths, ...PLAIN_PATHS },
    components: {
      schemas: { Problem: PROBLEM },
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "Made on the page, limited by scopes" },
        session: {
          type: "apiKey",
          in: "cookie",
          name: secure ? "__Host-sipedge" : "sipedge",
          description: "Of the page; a change also brings X-CSRF-Token",
        },
      },
    },
  };
}

function operation(row: Endpoint): Json {
  const parameters = [...parametersOf(row.params, "path"), ...parametersOf(row.query, "query")];
  const success = row.status ?? (row.response || row.media ? 200 : 204);
  return {
    operationId: operationId(row),
    summary: row.summary,
    tags: [row.tag],
    ...(row.access !== "anybody" && row.access !== "session" && { "x-scope": row.access }),
    security: securityOf(row),
    ...(parameters.length > 0 && { parameters }),
    ...(row.body && {
      requestBody: {
        required: true,
        content: { "application/json": { schema: schemaOf(row.body, "input") } },
      },
    }),
    ...(row.takes && {
      requestBody: { required: true, content: Object.fromEntries(row.takes.map((type) => [type, {}])) },
    }),
    responses: {
      [success]: { description: "Done", ...contentOf(row) },
      ...refusals(row),
    },
  };
}

/** What may go wrong, by status: what the row implies, and what its handler adds. */
function refusals(row: Endpoint): Record<string, Json> {
  const isPublic = row.access === "anybody";
  const kinds: ProblemKind[] = [
    ...(isPublic ? [] : ["unauthenticated" as const]),
    "forbidden",
    ...(isPublic && row.method === "get" ? [] : ["cross-site" as const]),
    ...(row.params ? ["not-found" as const] : []),
    ...(row.query ? ["bad-request" as const] : []),
    ...(row.body || row.takes ? ["bad-request", "too-large", "wrong-type", "invalid"] as const : []),
    ...(row.problems ?? []),
  ];
  const titles = new Map<number, Set<string>>();
  for (const kind of kinds) {
    const { status, title } = describeProblem(kind);
    titles.set(status, (titles.get(status) ?? new Set()).add(title));
  }
  return Object.fromEntries([...titles].map(([status, texts]) => [status, {
    description: [...texts].join("; "),
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  }]));
}

function securityOf({ access }: Endpoint): Json[] {
  if (access === "anybody") return [];
  return access === "session" ? [{ session: [] }] : [{ token: [] }, { session: [] }];
}

function contentOf({ response, media }: Endpoint): Json {
  if (media) return { content: Object.fromEntries(media.map((type) => [type, {}])) };
  return response ? { content: { "application/json": { schema: schemaOf(response, "output") } } } : {};
}

/** `getDomainsExtensions`, unique since method and path are. */
function operationId({ method, path }: Endpoint): string {
  const words = path.split("/").filter((part) => part !== "").map((part) =>
    part.startsWith("{")
      ? `By${upper(part.slice(1, -1))}`
      : upper(part.replace(/[-.](\w)/g, (_, c) => upper(c)))
  );
  return method + words.join("");
}

function upper(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function parametersOf(schema: z.ZodType | undefined, where: "path" | "query"): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemaOf(schema, "input") as {
    properties?: Json;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: where,
    required: where === "path" || required.includes(name),
    schema: property,
  }));
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, { io, unrepresentable: "any" }) as Json;
  return json;
}
