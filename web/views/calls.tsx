/** Calls now and before. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useState } from "preact/hooks";
import { at } from "../api.ts";
import { useDomain } from "../domains.tsx";
import { printDuration, printTime } from "../format.ts";
import { usePage } from "../live.ts";
import { Badge, Card, Dot, DownloadLink, Empty, Head, Pager, Ready, Search, Tabs } from "../parts/basics.tsx";
import {
  Codecs,
  Direction,
  Encryption,
  HangUp,
  LiveQuality,
  Mos,
  Parties,
  phaseOf,
  resultOf,
  Since,
  worstMos,
} from "../parts/calls.tsx";
import { LinkRow, Table } from "../parts/table.tsx";
import { t } from "../texts/language.ts";
import type { LiveCallView, RecordView } from "../types.ts";

/** A screen and a half; the rest comes in pages. */
const LIMIT = 25;

/** Those that go on, or those of before. */
export function Calls({ isPast }: { readonly isPast: boolean }) {
  return (
    <>
      <Head title={t("nav.calls")} lead={t("call.lead")} />
      <Tabs
        label={t("nav.calls")}
        current={isPast ? "past" : "now"}
        items={[
          { key: "now", href: "/calls", text: t("call.now") },
          { key: "past", href: "/calls/past", text: t("call.past") },
        ]}
      />
      {isPast ? <Past /> : <Now />}
    </>
  );
}

function Now() {
  const domain = useDomain();
  const query = domain ? { domain: domain.name } : {};
  const calls = usePage<LiveCallView>("/calls", { query, limit: LIMIT, topics: ["call"], everyMs: 2500 });
  return (
    <>
      <Card flush>
        <Ready of={calls}>
          {({ items }) =>
            items.length === 0
              ? <Empty icon="phone" title={t("call.none")}>{t("call.noneHint")}</Empty>
              : (
                <Table
                  kind="calls"
                  heads={["call.parties", "extension.state", "call.voice", "call.quality", "call.time"]}
                  hiddenHead="call.hangUp"
                >
                  {items.map((call) => <LiveRow key={call.id} call={call} />)}
                </Table>
              )}
        </Ready>
      </Card>
      {calls.data && <Pager page={calls.data} onMove={calls.move} />}
    </>
  );
}

function LiveRow({ call }: { readonly call: LiveCallView }) {
  const phase = phaseOf(call);
  const href = `/calls${at(call.id)}`;
  return (
    <LinkRow href={href}>
      <td>
        <a href={href}>
          <Parties record={call} />
        </a>
      </td>
      <td>
        <span class="state">
          <Dot tone={phase.tone} />
          <span>
            {phase.text}
            <small>
              <Direction record={call} />
            </small>
          </span>
        </span>
      </td>
      <td>
        <span class="badges">
          <Encryption record={call} />
          <Codecs record={call} />
        </span>
      </td>
      <td>
        <LiveQuality call={call} />
      </td>
      <td>
        <Since at={call.answeredAt ?? call.startedAt} />
      </td>
      <td class="end" onClick={(event) => event.stopPropagation()}>
        <HangUp call={call} small />
      </td>
    </LinkRow>
  );
}

function Past() {
  const domain = useDomain();
  const [party, setParty] = useState("");
  const [result, setResult] = useState("");
  const query = {
    ...(domain && { domain: domain.name }),
    ...(party !== "" && { party }),
    ...(result !== "" && { result }),
  };
  const records = usePage<RecordView>("/records", { query, limit: LIMIT, topics: ["call"] });
  const exported = (format: string) => `/api/v1/records/export?${new URLSearchParams({ ...query, format })}`;
  return (
    <>
      <div class="toolbar">
        <Search value={party} label={t("call.search")} onInput={setParty} />
        <ResultChoice value={result} onChoose={setResult} />
        <DownloadLink href={exported("csv")}>CSV</DownloadLink>
        <DownloadLink href={exported("json")}>JSON</DownloadLink>
      </div>
      <Card flush>
        <Ready of={records}>
          {({ items }) =>
            items.length === 0
              ? (party === "" && result === ""
                ? <Empty icon="clock" title={t("call.noRecords")}>{t("call.noRecordsHint")}</Empty>
                : <Empty icon="search" title={t("common.nothingFound")} />)
              : <PastTable records={items} />}
        </Ready>
      </Card>
      {records.data && <Pager page={records.data} onMove={records.move} />}
    </>
  );
}

/** How calls end, to look for. */
const RESULTS = [
  "answered",
  "busy",
  "no answer",
  "cancelled",
  "unreachable",
  "declined",
  "not allowed",
  "not found",
  "network",
] as const;

function ResultChoice(
  { value, onChoose }: { readonly value: string; readonly onChoose: (value: string) => void },
) {
  return (
    <select
      aria-label={t("call.result")}
      value={value}
      onChange={(event) => onChoose(event.currentTarget.value)}
    >
      <option value="">{t("call.anyResult")}</option>
      {RESULTS.map((word) => <option key={word} value={word}>{t(`result.${word}`)}</option>)}
    </select>
  );
}

function PastTable({ records }: { readonly records: readonly RecordView[] }) {
  return (
    <Table
      kind="past"
      heads={["call.started", "call.parties", "call.result", "call.talked", "call.quality", "call.voice"]}
    >
      {records.map((record) => <PastRow key={record.id} record={record} />)}
    </Table>
  );
}

function PastRow({ record }: { readonly record: RecordView }) {
  const { id, startedAt, answeredAt, endedAt, legs } = record;
  const result = resultOf(record);
  const mos = worstMos(legs);
  const href = `/calls${at(id)}`;
  return (
    <LinkRow href={href}>
      <td class="number">
        <a href={href}>{printTime(startedAt)}</a>
        <small class="block">
          <Direction record={record} />
        </small>
      </td>
      <td>
        <Parties record={record} />
      </td>
      <td>
        <Badge tone={result.tone}>{result.text}</Badge>
      </td>
      <td class="number">
        {answeredAt !== undefined && endedAt !== undefined && printDuration(endedAt - answeredAt)}
      </td>
      <td>
        {mos !== undefined && <Mos mos={mos} />}
      </td>
      <td>
        <Encryption record={record} />
      </td>
    </LinkRow>
  );
}
