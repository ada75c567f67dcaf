/** One call: why it ended in plain words, how it sounded, what was said in SIP. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useState } from "preact/hooks";
import { at } from "../api.ts";
import { printCodec, printDateTime, printDuration, printTime } from "../format.ts";
import { type Resource, useResource } from "../live.ts";
import {
  Badge,
  Button,
  Card,
  Dot,
  DownloadLink,
  Empty,
  Facts,
  Head,
  Notice,
  Ready,
  ReadyOrGone,
} from "../parts/basics.tsx";
import { Direction, Encryption, HangUp, Mos, Parties, phaseOf, Since } from "../parts/calls.tsx";
import { QualityPlot } from "../parts/charts.tsx";
import { LadderFigure } from "../parts/ladder.tsx";
import { Table } from "../parts/table.tsx";
import { language, t, tMaybe } from "../texts/language.ts";
import type { CallView, LadderView, QualityPoint, QualitySeries } from "../types.ts";

/** A call that goes on, or its record. */
export function CallDetail({ id }: { readonly id: string }) {
  const path = `/calls${at(id)}`;
  const call = useResource<CallView>(path, { topics: ["call"], everyMs: 5000 });
  // Asked together with the call, not after it.
  const isLive = call.data?.live ?? false;
  const quality = useResource<{ series: readonly QualitySeries[] }>(`${path}/quality`, {
    topics: ["call"],
    everyMs: isLive ? 2500 : 60_000,
  });
  const ladder = useResource<LadderView>(`${path}/ladder`, {
    topics: ["call"],
    everyMs: isLive ? 5000 : 60_000,
  });
  return (
    <ReadyOrGone of={call} title={t("call.facts")} back={{ href: "/calls/past", label: t("call.past") }}>
      {(data) => <Detail call={data} path={path} series={quality.data?.series ?? []} ladder={ladder} />}
    </ReadyOrGone>
  );
}

function Detail({ call, path, series, ladder }: {
  readonly call: CallView;
  readonly path: string;
  readonly series: readonly QualitySeries[];
  readonly ladder: Resource<LadderView>;
}) {
  const phase = phaseOf(call);
  const { live, startedAt, answeredAt, endedAt } = call;
  return (
    <>
      <Head
        title={<Parties record={call} />}
        lead={
          <>
            <Dot tone={phase.tone} />
            {phase.text} · <Direction record={call} />
          </>
        }
        back={live
          ? { href: "/calls", label: t("call.now") }
          : { href: "/calls/past", label: t("call.past") }}
      >
        {call.hasTrace && <DownloadLink href={`/api/v1${path}/pcap`}>pcap</DownloadLink>}
        {live && <HangUp call={call} />}
      </Head>
      {call.reason && <Reason reason={call.reason} result={call.result} />}
      <div class="columns even">
        <Card title={t("call.facts")} icon="info">
          <Facts
            items={[
              ["call.started", printDateTime(startedAt)],
              [
                "call.rang",
                answeredAt === undefined ? "–" : printDuration(answeredAt - (call.ringingAt ?? startedAt)),
              ],
              [
                "call.talked",
                answeredAt === undefined
                  ? "–"
                  : endedAt === undefined
                  ? <Since key="t" at={answeredAt} />
                  : printDuration(endedAt - answeredAt),
              ],
              ["call.voice", <Encryption key="e" record={call} />],
              ["call.domain", call.domain],
              ["call.id", <code key="i">{call.id}</code>],
            ]}
          />
        </Card>
        <Events call={call} />
      </div>
      <Legs call={call} series={series} />
      <Quality series={series.filter(({ points }) => points.length > 1)} isLive={live} />
      <Ladder ladder={ladder} />
    </>
  );
}

/** Why it ended, in the words of the server, which knows both languages. */
function Reason({ reason: { text, advice }, result }: {
  readonly reason: NonNullable<CallView["reason"]>;
  readonly result: string | undefined;
}) {
  const spoken = language.get();
  const tone = result === "answered" || result === "transferred" ? "info" : "warn";
  return (
    <Notice tone={tone}>
      <strong>{text[spoken]}</strong>
      {advice && <p>{advice[spoken]}</p>}
    </Notice>
  );
}

function Events({ call: { events, startedAt } }: { readonly call: CallView }) {
  return (
    <Card title={t("call.events")} icon="clock">
      {events.length === 0 ? <p class="quiet">{t("call.noEvents")}</p> : (
        <ol class="timeline">
          {events.map(({ at: when, kind, party, detail }, index) => (
            <li key={index}>
              <time title={printTime(when)}>+{((when - startedAt) / 1000).toFixed(1)}</time>
              <span>
                <b>{tMaybe(`event.${kind}`) ?? tMaybe(`result.${kind}`) ?? kind}</b> {party}
                {detail !== undefined && <small>{printDetail(kind, detail)}</small>}
              </span>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}

/** Events that are told further in words of the server; all others with a number, a name, or a time. */
const WORDED: ReadonlySet<string> = new Set([
  "audible",
  "feature",
  "group exhausted",
  "group left",
  "group missed",
  "group skipped",
  "left room",
  "line failed",
  "silent",
  "transfer failed",
]);

/** `no answer, 20.0 s` in the reader's words. */
function printDetail(kind: string, detail: string): string {
  if (!WORDED.has(kind)) return detail;
  return detail.split(", ").map((part) => tMaybe(`detail.${part}`) ?? part).join(", ");
}

/** Both sides and how they sound: as recorded after the end, as measured while it lasts. */
function Legs({ call: { legs }, series }: {
  readonly call: CallView;
  readonly series: readonly QualitySeries[];
}) {
  if (legs.length === 0) return null;
  return (
    <Card title={t("call.legs")} icon="device" flush>
      <Table
        kind="legs"
        heads={[
          "call.side",
          "extension.device",
          "call.voice",
          "quality.loss",
          "quality.jitter",
          "quality.mos",
        ]}
      >
        {legs.map((leg, index) => {
          const measured = series.find(({ side, party }) => side === leg.side && party === leg.party);
          return <LegRow key={index} leg={leg} now={measured?.points.at(-1)} />;
        })}
      </Table>
    </Card>
  );
}

type Leg = CallView["legs"][number];

function LegRow({ leg, now }: { readonly leg: Leg; readonly now: QualityPoint | undefined }) {
  const { party, side, userAgent, transport, remote, srtpSuite, keysExposed, codec } = leg;
  const loss = lossOf(leg) ?? now?.lossPercent, jitter = leg.jitterMs ?? now?.jitterMs;
  return (
    <tr>
      <td>
        {party}
        <small class="block">{t(side === "caller" ? "call.caller" : "call.called")}</small>
      </td>
      <td class="wide">
        {userAgent ?? "–"}
        <small class="block">{transport?.toUpperCase()} {remote}</small>
      </td>
      <td>
        <span class="badges">
          <Badge
            tone={srtpSuite === undefined ? "quiet" : keysExposed ? "warn" : "ok"}
            icon={srtpSuite === undefined ? "unlock" : "lock"}
          >
            {srtpSuite?.replaceAll("_", " ") ?? t("call.plain")}
          </Badge>
          <span>{printCodec(codec)}</span>
        </span>
      </td>
      <td class="number" data-label={t("quality.loss")}>
        {loss === undefined ? "–" : `${loss.toFixed(1)} %`}
        <Disorder leg={leg} />
      </td>
      <td class="number" data-label={t("quality.jitter")}>
        {jitter === undefined ? "–" : `${jitter.toFixed(1)} ms`}
      </td>
      <td>
        <Mos mos={leg.mos ?? now?.mos} />
      </td>
    </tr>
  );
}

/** Lost packets of all that were sent, in percent; undefined until the call has ended. */
function lossOf({ packetsReceived, lost = 0 }: Leg): number | undefined {
  return packetsReceived === undefined ? undefined : 100 * lost / Math.max(1, packetsReceived + lost);
}

/** Packets out of order and doubled, where there were any. */
function Disorder({ leg: { late = 0, duplicates = 0 } }: { readonly leg: Leg }) {
  if (late + duplicates === 0) return null;
  return <small class="block">{t("quality.disorder", { late, duplicates })}</small>;
}

function Quality(
  { series, isLive }: { readonly series: readonly QualitySeries[]; readonly isLive: boolean },
) {
  return (
    <Card title={t("call.quality")} icon="line">
      {series.length === 0
        ? <Empty icon="line" title={t(isLive ? "quality.soon" : "quality.none")} />
        : <QualityPlot series={series} />}
    </Card>
  );
}

function Ladder({ ladder }: { readonly ladder: Resource<LadderView> }) {
  const [isOpen, setOpen] = useState(true);
  return (
    <Card
      title={t("ladder.title")}
      icon="route"
      actions={
        <Button
          small
          kind="ghost"
          icon={isOpen ? "arrowUp" : "arrowDown"}
          label={t(isOpen ? "common.fold" : "common.unfold")}
          onClick={() => setOpen(!isOpen)}
        />
      }
    >
      {isOpen && (
        <Ready of={ladder}>
          {(data) =>
            data.arrows.length === 0
              ? <Empty icon="route" title={t("ladder.none")}>{t("ladder.noneHint")}</Empty>
              : <LadderFigure ladder={data} />}
        </Ready>
      )}
    </Card>
  );
}
