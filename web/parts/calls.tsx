/** Calls in lists: who with whom, how encrypted, how it sounds. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useState } from "preact/hooks";
import { ask, at } from "../api.ts";
import { printCodec, printDuration } from "../format.ts";
import { nowMs } from "../live.ts";
import { useStore } from "../store.ts";
import { t, tMaybe } from "../texts/language.ts";
import type { LiveCallView, RecordView } from "../types.ts";
import { Badge, Button, type Tone } from "./basics.tsx";
import { Confirm } from "./dialog.tsx";
import { Icon } from "./icon.tsx";

/** A duration that grows each second. */
export function Since({ at }: { readonly at: number }) {
  return <span class="number">{printDuration(useStore(nowMs) - at)}</span>;
}

/** Who calls whom, and who answered instead. */
export function Parties({ record }: { readonly record: RecordView }) {
  const { caller, callerName, called, answeredBy } = record;
  const reached = answeredBy !== undefined && answeredBy !== called ? answeredBy : undefined;
  return (
    <span class="parties">
      <span class="party">
        {caller || t("call.anonymous")}
        {callerName && callerName !== caller && <small>{callerName}</small>}
      </span>
      <Icon name="arrowRight" size={16} />
      <span class="party">
        {called}
        {reached !== undefined && <small>{tMaybe(`place.${reached}`) ?? reached}</small>}
      </span>
    </span>
  );
}

/** Encrypted on all sides, on some, or with keys that others could read. */
export function Encryption({ record }: { readonly record: RecordView }) {
  const { legs } = record;
  const spoken = legs.filter(({ codec }) => codec !== undefined);
  if (spoken.length === 0) return null;
  if (legs.some(({ keysExposed }) => keysExposed)) {
    return <Badge tone="warn" icon="unlock">{t("call.exposed")}</Badge>;
  }
  const sealed = spoken.filter(({ srtpSuite }) => srtpSuite !== undefined).length;
  if (sealed === 0) return <Badge icon="unlock">{t("call.plain")}</Badge>;
  return sealed === spoken.length
    ? <Badge tone="ok" icon="lock">SRTP</Badge>
    : <Badge tone="info" icon="lock">{t("call.partlySealed")}</Badge>;
}

/** `PCMA ⇄ G.722`: what both sides speak; once where it is the same. */
export function Codecs({ record }: { readonly record: RecordView }) {
  const codecs = [
    ...new Set(record.legs.flatMap(({ codec }) => codec === undefined ? [] : [printCodec(codec)])),
  ];
  return <span class="codec">{codecs.length === 0 ? "–" : codecs.join(" ⇄ ")}</span>;
}

/** Good, bearable, or worse. */
function mosTone(mos: number): Tone {
  return mos >= 3.8 ? "ok" : mos >= 3.1 ? "warn" : "bad";
}

/** Score as a number and as bars. */
export function Mos({ mos }: { readonly mos: number | undefined }) {
  if (mos === undefined) return <span class="quiet">–</span>;
  const bars = mos >= 4 ? 4 : mos >= 3.6 ? 3 : mos >= 2.8 ? 2 : 1;
  return (
    <span class={`mos ${mosTone(mos)}`} title={t("quality.mos")}>
      <svg width="18" height="14" viewBox="0 0 18 14" aria-hidden="true">
        {[0, 1, 2, 3].map((bar) => (
          <rect
            key={bar}
            x={bar * 5}
            y={10 - bar * 3}
            width="3"
            height={4 + bar * 3}
            rx="1"
            class={bar < bars ? "on" : ""}
          />
        ))}
      </svg>
      <span class="number">{mos.toFixed(1)}</span>
    </span>
  );
}

/** The score of the side that sounds worse; undefined where none was measured. */
export function worstMos(sides: readonly { readonly mos?: number | undefined }[]): number | undefined {
  const scores = sides.flatMap(({ mos }) => mos === undefined ? [] : [mos]);
  return scores.length === 0 ? undefined : Math.min(...scores);
}

/** How it sounds, in two lines. */
export function Sound({ mos, lossPercent, jitterMs }: {
  readonly mos: number | undefined;
  readonly lossPercent: number;
  readonly jitterMs: number;
}) {
  const short = t("quality.short", { loss: lossPercent.toFixed(1), jitter: jitterMs.toFixed(0) });
  return (
    <span class="sound">
      <Mos mos={mos} />
      <small class="number">{short}</small>
    </span>
  );
}

/** The worse side now. */
export function LiveQuality({ call: { quality } }: { readonly call: LiveCallView }) {
  if (quality.length === 0) return <span class="quiet">–</span>;
  return (
    <Sound
      mos={worstMos(quality)}
      lossPercent={Math.max(...quality.map(({ lossPercent }) => lossPercent))}
      jitterMs={Math.max(...quality.map(({ jitterMs }) => jitterMs))}
    />
  );
}

/** Ends a call of others: asked once, it cannot be taken back. */
export function HangUp({ call, small }: { readonly call: RecordView; readonly small?: boolean }) {
  const [isAsking, setAsking] = useState(false);
  const title = t("call.hangUpOf", { caller: call.caller || t("call.anonymous"), called: call.called });
  return (
    <>
      <Button
        kind="danger"
        icon="hangUp"
        onClick={() => setAsking(true)}
        {...(small && { small, label: title })}
      >
        {small ? undefined : t("call.hangUp")}
      </Button>
      {isAsking && (
        <Confirm
          title={title}
          text={t("call.hangUpText")}
          action={t("call.hangUp")}
          onClose={() => setAsking(false)}
          onConfirm={() => ask(`/calls${at(call.id)}`, { method: "DELETE" })}
        />
      )}
    </>
  );
}

/** What a call is doing now, or how it ended. */
export function phaseOf(record: RecordView): { readonly tone: Tone; readonly text: string } {
  if (record.endedAt !== undefined) return resultOf(record);
  if (record.answeredAt !== undefined || record.legs.some(({ codec }) => codec !== undefined)) {
    return { tone: "ok", text: t("call.talking") };
  }
  return { tone: "info", text: record.ringingAt === undefined ? t("call.dialling") : t("call.ringing") };
}

const FINE = ["answered", "ended", "transferred", "cancelled", "caller gone", "hung up on the page"];
const HARMLESS = ["busy", "no answer", "declined"];

/** How a call ended, in the reader's words. */
export function resultOf({ result = "" }: RecordView): { readonly tone: Tone; readonly text: string } {
  const text = tMaybe(`result.${result}`) ?? (result === "" ? "–" : result);
  return { text, tone: FINE.includes(result) ? "quiet" : HARMLESS.includes(result) ? "warn" : "bad" };
}

/** From outside, to the outside, or in the house, and by which line. */
export function Direction({ record: { direction, line } }: { readonly record: RecordView }) {
  const words = t(`direction.${direction}`);
  return <span>{line === undefined ? words : `${words} · ${line}`}</span>;
}
