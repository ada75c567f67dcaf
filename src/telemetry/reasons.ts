/** Why a call ended, in a sentence that needs no knowledge of SIP, and what to do about it. Pure. */

import type { Locale } from "../config/mod.ts";
import type { CallRecord } from "../pbx/ports.ts";
import { CAUSE_TEXTS, statusText, type Text } from "./status_texts.ts";

/** What is known of the end of a call; the fields of the call's record, and the carrier's cause if it gave one. */
export type EndFacts =
  & Pick<CallRecord, "called" | "answeredAt" | "endedAt" | "result" | "endedBy" | "statusCode" | "answeredBy">
  & {
    /** Q.850 cause of a Reason header. */
    readonly cause?: number;
  };

export interface EndReason {
  readonly text: string;
  /** What to look at or to do; absent where the end is ordinary. */
  readonly advice?: string;
}

const UNFINISHED: Text = { en: "The call goes on.", zh: "通话进行中。" };

/** `{called}`, `{time}`, `{by}` are filled in. */
const ANSWERED: Readonly<Record<NonNullable<CallRecord["endedBy"]>, Text>> = {
  caller: { en: "The caller hung up after {time}.", zh: "主叫挂断，通话 {time}。" },
  called: { en: "{by} hung up after {time}.", zh: "{by} 挂断，通话 {time}。" },
  server: { en: "The server ended the call after {time}.", zh: "服务器结束了通话，通话 {time}。" },
  network: {
    en: "The connection to one side was lost after {time}.",
    zh: "通话 {time} 后与一方的连接中断。",
  },
};

/** For calls that a service of the server took (echo test, queue, room), which nobody answered. */
const SERVED: Readonly<Record<NonNullable<CallRecord["endedBy"]>, Text>> = {
  caller: { en: "The caller hung up.", zh: "主叫挂断。" },
  called: { en: "{by} hung up.", zh: "{by} 挂断。" },
  server: { en: "The server ended the call.", zh: "服务器结束了通话。" },
  network: { en: "The connection to the caller was lost.", zh: "与主叫的连接中断。" },
};

/** Results that say more than who hung up, even for a call that was answered. */
const ALWAYS_TOLD: ReadonlySet<string> = new Set([
  "transferred",
  "server stopped",
  "media lost",
  "not acceptable",
]);

interface Outcome {
  readonly text: Text;
  readonly advice?: Text;
}

/** By the machine word of the record's `result`. */
const OUTCOMES: ReadonlyMap<string, Outcome> = new Map<string, Outcome>([
  ["busy", { text: { en: "{called} was busy.", zh: "{called} 忙线。" } }],
  ["declined", { text: { en: "{called} declined the call.", zh: "{called} 拒接了来电。" } }],
  ["no answer", { text: { en: "Nobody answered at {called}.", zh: "{called} 无人接听。" } }],
  ["caller gone", {
    text: { en: "The caller hung up before anybody answered.", zh: "接听前主叫已挂断。" },
  }],
  ["cancelled", {
    text: { en: "The caller hung up before anybody answered.", zh: "接听前主叫已挂断。" },
  }],
  ["server stopped", { text: { en: "The server was stopped.", zh: "服务器已停止。" } }],
  ["media lost", {
    text: {
      en: "The part of the server that carried the voice failed.",
      zh: "承载语音的服务器部件发生故障。",
    },
    advice: { en: "The log of that minute says why.", zh: "请查看当时的日志。" },
  }],
  ["unreachable", {
    text: {
      en: "{called} could not be reached: no device is registered or answers.",
      zh: "无法接通 {called}：没有已注册或有响应的设备。",
    },
    advice: {
      en: "See whether the phone is on, has network, and shows as registered.",
      zh: "请检查话机是否开机、网络是否正常、是否已注册。",
    },
  }],
  ["not found", {
    text: { en: "{called} does not exist.", zh: "{called} 不存在。" },
    advice: {
      en: "Try the number in the dry run of the rules.",
      zh: "请用规则试算检查该号码的去向。",
    },
  }],
  ["not allowed", {
    text: { en: "The caller is not allowed to call {called}.", zh: "主叫无权呼叫 {called}。" },
    advice: {
      en: "The level of the extension or a caller list forbids it.",
      zh: "分机级别或黑白名单禁止了此呼叫。",
    },
  }],
  ["not acceptable", {
    text: {
      en: "The two phones have no codec or no encryption in common.",
      zh: "双方话机没有共同的编解码或加密方式。",
    },
    advice: {
      en: "Compare the codecs and the SRTP setting of both phones with the policy here.",
      zh: "请比对双方话机的编解码与 SRTP 设置及本机策略。",
    },
  }],
  ["moved", { text: { en: "{called} sends its calls elsewhere.", zh: "{called} 将来电转往他处。" } }],
  ["no ports", {
    text: { en: "The server had no media ports left.", zh: "服务器媒体端口已用尽。" },
    advice: { en: "Widen media.ports.", zh: "请扩大 media.ports 的范围。" },
  }],
  ["transferred", { text: { en: "The call was transferred.", zh: "通话已转接。" } }],
  ["network", {
    text: { en: "The connection to one side was lost.", zh: "与一方的连接中断。" },
    advice: {
      en: "See whether the phone lost its network or moved to another address.",
      zh: "请检查话机网络是否中断或地址是否变化。",
    },
  }],
  ["nobody free", { text: { en: "Nobody of the group was free.", zh: "组内无人空闲。" } }],
  ["queue full", { text: { en: "The queue of the group was full.", zh: "排队人数已满。" } }],
  ["waited too long", {
    text: { en: "The caller waited as long as the queue allows.", zh: "排队等待超时。" },
  }],
]);

const FAILED: Text = { en: "The call failed: {status}.", zh: "呼叫失败：{status}。" };
const UNKNOWN: Text = { en: "the reason is not known", zh: "原因不明" };
const CARRIER: Text = { en: " The carrier says: {cause}.", zh: " 运营商说明：{cause}。" };

/** The end of a call in words. */
export function explainEnd(end: EndFacts, locale: Locale): EndReason {
  if (end.endedAt === undefined) return { text: UNFINISHED[locale] };
  if (!ALWAYS_TOLD.has(end.result ?? "")) {
    const text = explainHangUp(end, locale);
    const advice = end.endedBy === "network" ? OUTCOMES.get("network")?.advice?.[locale] : undefined;
    if (text !== undefined) return advice === undefined ? { text } : { text, advice };
  }
  const outcome = OUTCOMES.get(end.result ?? "");
  const status = (end.statusCode === undefined ? undefined : statusText(end.statusCode, locale)) ??
    UNKNOWN[locale];
  const text = fill((outcome?.text ?? FAILED)[locale], { called: end.called, status }) + causeOf(end, locale);
  return outcome?.advice ? { text, advice: outcome.advice[locale] } : { text };
}

/** Who hung up, and after how long; undefined for a call that nobody took. */
function explainHangUp(end: EndFacts, locale: Locale): string | undefined {
  if (end.endedBy === undefined || end.endedAt === undefined) return undefined;
  const by = end.answeredBy ?? end.called;
  if (end.answeredAt === undefined) {
    return end.result === "answered" ? fill(SERVED[end.endedBy][locale], { by }) : undefined;
  }
  const seconds = Math.max(0, Math.round((end.endedAt - end.answeredAt) / 1000));
  return fill(ANSWERED[end.endedBy][locale], { by, time: printDuration(seconds) });
}

/** The carrier's own word, where it says more than that the call ended. */
function causeOf({ cause }: EndFacts, locale: Locale): string {
  const text = cause === undefined || cause === 16 ? undefined : CAUSE_TEXTS.get(cause);
  return text ? fill(CARRIER[locale], { cause: text[locale] }) : "";
}

/** `0:07`, `3:25`, `1:02:03`. */
export function printDuration(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");
}
