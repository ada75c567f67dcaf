/** What one operation of the API is: a row with schemas, from which routing, checks and OpenAPI are made alike. */

import type { z } from "zod";
import type { Principal, Scope, Visitor } from "../auth/mod.ts";
import type { ApiContext } from "./context.ts";
import type { Problem, ProblemKind } from "./problem.ts";

export type Method = "get" | "post" | "put" | "delete";

/** `anybody`: without proof. `session`: only from the page, by a person. */
export type Access = Scope | "anybody" | "session";

type Shape = z.ZodType | undefined;
type Out<S extends Shape> = S extends z.ZodType ? z.output<S> : undefined;
type In<S extends Shape> = S extends z.ZodType ? z.input<S> : undefined;

export interface Call<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** Undefined for `anybody` without proof. */
  readonly who: Principal | undefined;
  readonly visitor: Visitor;
  readonly context: ApiContext;
  readonly request: Request;
}

/** A body with headers or a status of its own. */
export class Reply<R> {
  readonly body: R;
  readonly headers: Readonly<Record<string, string>>;

  constructor(body: R, headers: Readonly<Record<string, string>>) {
    this.body = body;
    this.headers = headers;
  }
}

export type Outcome<R> = R | Reply<R> | Problem | Response;

export interface EndpointRow<P extends Shape, Q extends Shape, B extends Shape, R extends Shape> {
  readonly method: Method;
  /** Below `/api/v1`, parameters in braces: `/domains/{domain}/extensions/{number}`. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly access: Access;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Absent: 204 without a body. */
  readonly response?: R;
  /** 201 for what is made new; default 200, or 204 without a response. */
  readonly status?: number;
  /** For what is not JSON; the handler gives a `Response`. */
  readonly media?: readonly string[];
  /** Types of a body that is not JSON; the handler reads it from the request. */
  readonly takes?: readonly string[];
  /** Bytes of the body, default 256 KiB. */
  readonly maxBody?: number;
  /** What the handler may refuse, beside what the row itself says: proof, values, body. */
  readonly problems?: readonly ProblemKind[];
  /** What the audit log says; default: method and path. False leaves it out. */
  readonly audit?: false;
  handle(
    call: Call<Out<P>, Out<Q>, Out<B>>,
  ): Outcome<In<R>> | Promise<Outcome<In<R>>>;
}

/** A row whose types have been checked against its handler. */
export interface Endpoint extends Omit<EndpointRow<Shape, Shape, Shape, Shape>, "handle"> {
  handle(call: Call<unknown, unknown, unknown>): unknown;
}

export function endpoint<
  P extends Shape = undefined,
  Q extends Shape = undefined,
  B extends Shape = undefined,
  R extends Shape = undefined,
>(row: EndpointRow<P, Q, B, R>): Endpoint {
  return row as unknown as Endpoint;
}
