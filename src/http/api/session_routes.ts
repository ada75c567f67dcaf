/** Signing in and out, the first set-up, the own password and second factor. */

import { z } from "zod";
import { strict } from "../../config/mod.ts";
import { encode } from "uqr";
import { MAX_PASSWORD, MIN_PASSWORD, type Principal, type SignInResult } from "../auth/mod.ts";
import { identify, printCookie, readCookie } from "./admission.ts";
import type { ApiContext } from "./context.ts";
import { endpoint, Reply } from "./endpoint.ts";
import { Problem } from "./problem.ts";
import { qrView } from "./views_directory.ts";

const nameText = z.string().regex(/^[a-z0-9][a-z0-9._@-]{0,63}$/, {
  error: "expected small letters, digits, and . _ @ -",
});
const newPassword = z.string().min(MIN_PASSWORD, { error: `expected at least ${MIN_PASSWORD} characters` })
  .max(MAX_PASSWORD);
const codeText = z.string().regex(/^[0-9]{6}$/, { error: "expected six digits" });

export const sessionView = z.object({
  /** Absent: sign in first. */
  account: z.string().exactOptional(),
  /** To be sent in `X-CSRF-Token` with every change. */
  csrf: z.string().exactOptional(),
  hasSecondFactor: z.boolean(),
  /** True while no administrator exists. */
  needsSetup: z.boolean(),
  locale: z.enum(["en", "zh"]),
});

export type SessionView = z.infer<typeof sessionView>;

function describe(context: ApiContext, found: ReturnType<typeof identify>): SessionView {
  const { gate, queries } = context;
  const account = found?.principal.kind === "session" ? found.principal.name : undefined;
  return {
    ...(account !== undefined && { account }),
    ...(found?.csrf !== undefined && { csrf: found.csrf }),
    hasSecondFactor: account !== undefined && gate.accounts.hasSecondFactor(account),
    needsSetup: gate.accounts.isEmpty,
    locale: queries.settings().server.locale,
  };
}

function signedIn(result: SignInResult, context: ApiContext): Reply<SessionView> | Problem {
  if (!result.ok) {
    if (result.reason === "wait") {
      return new Problem("too-many", {
        detail: `Try again in ${result.seconds} s`,
        retryAfterSec: result.seconds,
      });
    }
    return new Problem(
      result.reason === "code needed" ? "code-needed" : "unauthenticated",
      "Name or password is wrong",
    );
  }
  const found = context.gate.ofSession(result.secret);
  return new Reply(describe(context, found), { "set-cookie": printCookie(result.secret, context) });
}

export const sessionRoutes = [
  endpoint({
    method: "get",
    path: "/session",
    summary: "Who am I, and what a change must bring",
    tag: "session",
    access: "anybody",
    response: sessionView,
    handle: ({ context, request }) => describe(context, identify(request, context)),
  }),
  endpoint({
    method: "post",
    path: "/session",
    problems: ["unauthenticated", "code-needed", "too-many"],
    summary: "Sign in; the answer sets a cookie",
    tag: "session",
    access: "anybody",
    audit: false,
    body: strict({
      name: nameText.default("admin"),
      password: z.string().max(MAX_PASSWORD),
      code: codeText.or(z.literal("")).exactOptional(),
    }),
    response: sessionView,
    async handle({ context, body, visitor, request }) {
      const { name, password, code } = body;
      const result = await context.gate.signIn({ name, password, code }, visitor);
      if (result.ok) dropCookie(request, context);
      return signedIn(result, context);
    },
  }),
  endpoint({
    method: "delete",
    path: "/session",
    summary: "Sign out",
    tag: "session",
    access: "session",
    handle({ context, who }) {
      context.gate.sessions.close(who!.id);
      return new Reply(undefined, { "set-cookie": printCookie("", context) });
    },
  }),
  endpoint({
    method: "post",
    path: "/setup/check",
    summary: "Is this one-time link still good?",
    tag: "session",
    access: "anybody",
    audit: false,
    body: strict({ token: z.string().max(128) }),
    response: z.object({ isValid: z.boolean() }),
    handle: ({ context, body, visitor }) => ({ isValid: context.gate.isSetupSecret(body.token, visitor) }),
  }),
  endpoint({
    method: "post",
    path: "/setup",
    problems: ["unauthenticated", "too-many"],
    summary: "Set the administrator's password with the one-time link of the log",
    tag: "session",
    access: "anybody",
    audit: false,
    body: strict({
      token: z.string().max(128),
      name: nameText.default("admin"),
      password: newPassword,
    }),
    response: sessionView,
    async handle({ context, body, visitor }) {
      const { token, name, password } = body;
      return signedIn(await context.gate.setUp({ secret: token, name, password }, visitor), context);
    },
  }),
  endpoint({
    method: "put",
    path: "/account/password",
    problems: ["conflict", "too-many"],
    summary: "Change the own password; all other sessions end",
    tag: "session",
    access: "session",
    audit: false,
    body: strict({ before: z.string().max(MAX_PASSWORD), after: newPassword }),
    async handle({ context, body, who, visitor }) {
      return codeOutcome(
        await context.gate.changePassword(who!, body, visitor),
        "The present password is wrong",
      );
    },
  }),
  endpoint({
    method: "post",
    path: "/account/totp",
    problems: ["conflict"],
    summary: "A new second factor, in force once confirmed",
    tag: "session",
    access: "session",
    response: z.object({ uri: z.string(), qr: qrView }),
    handle({ context, who }) {
      const { accounts } = context.gate;
      // Else whoever finds a browser signed in could put his own in its place.
      if (accounts.hasSecondFactor(who!.name)) {
        return new Problem("conflict", "There is a second factor already: remove it with a code first");
      }
      const { uri } = accounts.offerSecondFactor(who!.name);
      return { uri, qr: encode(uri).data };
    },
  }),
  endpoint({
    method: "put",
    path: "/account/totp",
    problems: ["conflict", "too-many"],
    summary: "Confirm the second factor with a first code",
    tag: "session",
    access: "session",
    body: strict({ code: codeText }),
    handle: ({ context, who, body }) =>
      tryCode(context, who!, () => context.gate.accounts.confirmSecondFactor(who!.name, body.code)),
  }),
  endpoint({
    method: "delete",
    path: "/account/totp",
    problems: ["conflict", "too-many"],
    summary: "Remove the second factor; takes a last code",
    tag: "session",
    access: "session",
    body: strict({ code: codeText }),
    handle: ({ context, who, body }) =>
      tryCode(context, who!, () => context.gate.accounts.removeSecondFactor(who!.name, body.code)),
  }),
];

/** A browser that signs in again leaves no older session behind. */
function dropCookie(request: Request, { gate, isSecure }: ApiContext): void {
  const cookie = readCookie(request, isSecure);
  const before = cookie === undefined ? undefined : gate.sessions.find(cookie);
  if (before) gate.sessions.close(before.id);
}

function tryCode(context: ApiContext, who: Principal, check: () => boolean): Problem | undefined {
  return codeOutcome(context.gate.tryCode(who, check), "The code is wrong");
}

function codeOutcome(
  outcome: "ok" | "wrong" | { readonly seconds: number },
  wrong: string,
): Problem | undefined {
  if (outcome === "ok") return undefined;
  if (outcome === "wrong") return new Problem("conflict", wrong);
  return new Problem("too-many", {
    detail: `Try again in ${outcome.seconds} s`,
    retryAfterSec: outcome.seconds,
  });
}
