/** One call: why it ended in plain words, how it sounded, what was said in SIP. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useState } from "preact/hooks";
import { ask, at } from "../api.ts";
import { printCodec, printDateTime, printDuration, printTime } from "../format.ts";
import { useResource } from "../live.ts";
import { Badge, Button, Card, Dot, Empty, Facts, Head, Notice, Ready } from "../parts/basics.tsx";
import { Direction, Encryption, Mos, Parties, phaseOf, Since } from "../parts/calls.tsx";
import { QualityPlot } from "../parts/charts.tsx";
import { Icon } from "../parts/icon.tsx";
import { LadderFigure } from "../parts/ladder.tsx";
import { language, t, tMaybe } from "../texts/language.ts";
import type { CallView, LadderView, QualitySeries } from "../types.ts";

export function CallDetail({ id }: { readonly id: string }) {
  const path = `/calls${at(id)}`;
  const call = useResource<CallView>(path, { topics: ["call"], everyMs: 5000 });
  return <Ready of={call}>{(data) => <Detail call={data} path={path} />}</Ready>;
}

function Detail({ call, path }: { readonly call: CallView; readonly path: string }) {
  const phase = phaseOf(call);
  const { live, startedAt, answeredAt, endedAt } = call;
  return (
    <>
      <Head
        title={<Parties record={call} />}
        lead={
          <>
            <Dot tone={phase.tone} label="" />
            {phase.text} · <Direction record={call} />
          </>
        }
        back={live
          ? { href: "/calls", label: t("call.now") }
          : { href: "/calls/past", label: t("call.past") }}
      >
        {call.hasTrace && (
          <a class="button plain" href={`/api/v1${path}/pcap`} download>
            <Icon name="download" size={18} />
            <span>pcap</span>
          </a>
        )}
        {live && (
          <Button
            kind="danger"
            icon="hangUp"
            onClick={() => void ask(path, { method: "DELETE" }).catch(() => undefined)}
          >
            {t("call.hangUp")}
          </Button>
        )}
      </Head>
      {call.reason && <Reason call={call} />}
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
      <Legs call={call} />
      <Quality path={path} isLive={live} />
      <Ladder path={path} isLive={live} />
    </>
  );
}

function Reason({ call: { reason, result } }: { readonly call: CallView }) {
  const spoken = language.get();
  const tone = result === "answered" || result === "transferred" ? "info" : "warn";
  return (
    <Notice tone={tone}>
      <strong>{reason!.text[spoken]}</strong>
      {reason!.advice && <p>{reason!.advice[spoken]}</p>}
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
                {detail !== undefined && <small>{detail}</small>}
              </span>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}

function Legs({ call: { legs } }: { readonly call: CallView }) {
  if (legs.length === 0) return null;
  return (
    <Card title={t("call.legs")} icon="device" flush>
      <table class="list">
        <thead>
          <tr>
            <th>{t("call.side")}</th>
            <th>{t("extension.device")}</th>
            <th>{t("call.voice")}</th>
            <th>{t("quality.loss")}</th>
            <th>{t("quality.jitter")}</th>
            <th>{t("quality.mos")}</th>
          </tr>
        </thead>
        <tbody>
          {legs.map((leg, index) => (
            <tr key={index}>
              <td>
                {leg.party}
                <small class="block">{t(leg.side === "caller" ? "call.caller" : "call.called")}</small>
              </td>
              <td class="wide">
                {leg.userAgent ?? "–"}
                <small class="block">{leg.transport?.toUpperCase()} {leg.remote}</small>
              </td>
              <td>
                <span class="badges">
                  <Badge
                    tone={leg.srtpSuite === undefined ? "quiet" : leg.keysExposed ? "warn" : "ok"}
                    icon={leg.srtpSuite === undefined ? "unlock" : "lock"}
                  >
                    {leg.srtpSuite?.replaceAll("_", " ") ?? t("call.plain")}
                  </Badge>
                  <span>{printCodec(leg.codec)}</span>
                </span>
              </td>
              <td class="number">
                {leg.packetsReceived === undefined
                  ? "–"
                  : `${
                    (100 * (leg.lost ?? 0) / Math.max(1, leg.packetsReceived + (leg.lost ?? 0))).toFixed(1)
                  } %`}
              </td>
              <td class="number">{leg.jitterMs === undefined ? "–" : `${leg.jitterMs.toFixed(1)} ms`}</td>
              <td>
                <Mos mos={leg.mos} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function Quality({ path, isLive }: { readonly path: string; readonly isLive: boolean }) {
  const quality = useResource<{ series: readonly QualitySeries[] }>(`${path}/quality`, {
    topics: ["call"],
    everyMs: isLive ? 2500 : 60_000,
  });
  const series = quality.data?.series.filter(({ points }) => points.length > 1) ?? [];
  return (
    <Card title={t("call.quality")} icon="line">
      {series.length === 0
        ? <Empty icon="line" title={t(isLive ? "quality.soon" : "quality.none")} />
        : <QualityPlot series={series} />}
    </Card>
  );
}

function Ladder({ path, isLive }: { readonly path: string; readonly isLive: boolean }) {
  const ladder = useResource<LadderView>(`${path}/ladder`, {
    topics: ["call"],
    everyMs: isLive ? 5000 : 60_000,
  });
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
