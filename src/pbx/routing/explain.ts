/** The way to a decision in words: for `sipedge route` and the page, in English and Chinese. */

import type { Locale } from "../../config/mod.ts";
import { screenCaller } from "./callers.ts";
import type { RefusalReason, RouteContext, RouteDecision } from "./decision.ts";
import { route } from "./route.ts";
import type { Step, StepKey } from "./steps.ts";

type Texts<Key extends string> = Readonly<Record<Key, Readonly<Record<Locale, string>>>>;

/** Placeholders in braces are the fields of the step. */
export const STEP_TEXTS: Texts<StepKey> = {
  "emergency": {
    en: "{number} is an emergency number: it passes always, {ways} line(s) are tried",
    zh: "{number} 是紧急号码：始终放行，依次尝试 {ways} 条线路",
  },
  "emergency.noLine": {
    en: "{number} is an emergency number, but there is no line to carry it",
    zh: "{number} 是紧急号码，但没有可用的外线",
  },
  "code": { en: "service code {code} {argument}", zh: "功能码 {code} {argument}" },
  "code.incomplete": {
    en: "service code {code}: what must follow is missing or wrong",
    zh: "功能码 {code}：缺少参数或参数有误",
  },
  "extension": { en: "extension {number} {name}", zh: "分机 {number} {name}" },
  "huntGroup": { en: "hunt group {number} {name}", zh: "寻线组 {number} {name}" },
  "ringGroup": { en: "ring group {number} {name}", zh: "振铃组 {number} {name}" },
  "room": { en: "room {number} {name}", zh: "会议室 {number} {name}" },
  "room.unknown": { en: "there is no room {number}", zh: "没有会议室 {number}" },
  "unknown": {
    en: "{number} is no number of this domain, and no rule leads it outside",
    zh: "{number} 不是本域的号码，也没有规则可将其外呼",
  },
  "rule.noMatch": { en: "rule {rule} ({match}): does not match", zh: "规则 {rule}（{match}）：不匹配" },
  "rule.match": {
    en: "rule {rule} ({match}): matches and is used",
    zh: "规则 {rule}（{match}）：匹配，采用",
  },
  "rule.empty": {
    en: "rule {rule} ({match}): nothing is left to dial",
    zh: "规则 {rule}（{match}）：去除前缀后没有剩余号码",
  },
  "rule.closed": {
    en: "rule {rule} ({match}): schedule {schedule} is closed",
    zh: "规则 {rule}（{match}）：时间表 {schedule} 当前不开放",
  },
  "rule.level": {
    en: "rule {rule} ({match}): needs level {level}, the caller has {own}",
    zh: "规则 {rule}（{match}）：需要级别 {level}，主叫级别为 {own}",
  },
  "rule.noLine": {
    en: "rule {rule} ({match}): none of its lines can take the call now",
    zh: "规则 {rule}（{match}）：所有线路当前都无法承接呼叫",
  },
  "way": {
    en: "line {line}: dials {number}, shows {callerNumber}",
    zh: "线路 {line}：拨打 {number}，显示主叫 {callerNumber}",
  },
  "line.unknown": { en: "line {line}: does not exist", zh: "线路 {line}：不存在" },
  "line.down": { en: "line {line}: is not registered or does not answer", zh: "线路 {line}：未注册或无响应" },
  "line.blocked": { en: "line {line}: takes no outgoing calls", zh: "线路 {line}：禁止呼出" },
  "line.full": { en: "line {line}: all its outgoing calls are taken", zh: "线路 {line}：呼出路数已满" },
  "line.closed": {
    en: "line {line}: schedule {schedule} is closed",
    zh: "线路 {line}：时间表 {schedule} 当前不开放",
  },
  "list.black": {
    en: "caller list: calls from {caller}* to {called}* are refused",
    zh: "主叫名单：拒绝从 {caller}* 到 {called}* 的呼叫",
  },
  "list.share": {
    en: "caller list: {percent} % of the calls from {caller}* to {called}* are refused",
    zh: "主叫名单：拒绝从 {caller}* 到 {called}* 的 {percent}% 呼叫",
  },
  "limit.prefix": {
    en: "{number} begins with {prefix}, which nobody may call",
    zh: "{number} 以 {prefix} 开头，禁止呼叫",
  },
  "limit.country": {
    en: "{number} is in none of the countries that may be called",
    zh: "{number} 不在允许呼叫的国家或地区之内",
  },
  "limit.calls": {
    en: "{number} has made {limit} outgoing calls within the hour, which is the limit",
    zh: "{number} 一小时内的呼出次数已达上限 {limit}",
  },
};

export const REFUSAL_TEXTS: Texts<RefusalReason> = {
  "unknown number": { en: "Refused: unknown number", zh: "拒绝：号码不存在" },
  "not allowed": { en: "Refused: the caller's level does not allow it", zh: "拒绝：主叫权限不足" },
  "closed": { en: "Refused: closed at this time", zh: "拒绝：当前时间不开放" },
  "no line": { en: "Refused: no line is available", zh: "拒绝：没有可用线路" },
  "denied destination": { en: "Refused: destination is denied", zh: "拒绝：禁止呼叫该目的地" },
  "too many calls": { en: "Refused: too many outgoing calls this hour", zh: "拒绝：一小时内呼出次数过多" },
  "not wanted": { en: "Refused: the caller is on a black list", zh: "拒绝：主叫在黑名单中" },
  "incomplete code": { en: "Refused: incomplete service code", zh: "拒绝：功能码不完整" },
};

const ACCEPTED: Readonly<Record<Locale, string>> = { en: "The call would be made", zh: "可以呼叫" };

/** A dry run of {@linkcode route}. */
export interface Explanation {
  readonly decision: RouteDecision;
  readonly steps: readonly Step[];
  /** One sentence a step, the result last. */
  readonly lines: readonly string[];
}

/** What would happen, and why. Changes nothing. */
export function explainRoute(dialled: string, context: RouteContext, locale: Locale): Explanation {
  const trace: Step[] = [];
  const routed = route(dialled, { ...context, trace });
  const decision = screened(dialled, routed, { context, trace });
  const result = decision.kind === "refused" ? REFUSAL_TEXTS[decision.reason][locale] : ACCEPTED[locale];
  return { decision, steps: trace, lines: [...trace.map((step) => explainStep(step, locale)), result] };
}

/** The same decision, or a refusal when a caller list stands against every such call. */
function screened(
  dialled: string,
  decision: RouteDecision,
  { context, trace }: { readonly context: RouteContext; readonly trace: Step[] },
): RouteDecision {
  const { caller, domain } = context;
  if (!caller || decision.kind === "refused" || decision.kind === "code") return decision;
  if (decision.kind === "outside" && decision.isEmergency) return decision;
  // The least chance of all finds the entry that comes first, however small its share.
  const { entry } = screenCaller(domain.callerLists, { called: dialled, caller: caller.number }, 0);
  if (entry?.list !== "black") return decision;
  const isWhole = entry.percent >= 100;
  const { called, caller: from, percent } = entry;
  trace.push({ key: isWhole ? "list.black" : "list.share", called, caller: from, percent });
  return isWhole ? { kind: "refused", reason: "not wanted" } : decision;
}

export function explainStep(step: Step, locale: Locale): string {
  const values = new Map(Object.entries(step));
  return STEP_TEXTS[step.key][locale].replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values.get(name);
    return value === undefined || value === "" ? (name === "callerNumber" ? "–" : "") : String(value);
  }).trimEnd();
}
