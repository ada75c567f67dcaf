/** The office at a glance: what is wrong first, then what goes on, then what it runs on. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { at } from "../api.ts";
import { useDomain } from "../domains.tsx";
import { printBytes, printNumber, printSpan } from "../format.ts";
import { useResource } from "../live.ts";
import { Badge, Card, Dot, Empty, Facts, Head, Notice, Ready } from "../parts/basics.tsx";
import { Codecs, Encryption, LiveQuality, Parties, phaseOf, Since } from "../parts/calls.tsx";
import { Bar, Sparkline } from "../parts/charts.tsx";
import { sayFileProblem } from "../texts/complaints.ts";
import { t, type TextKey, tMaybe } from "../texts/language.ts";
import type { GroupView, LineItem, LiveCallView, Overview, Page, RoomView, Warning } from "../types.ts";
import { CertificateDays, certificateName, certificateWarning } from "./certificates.tsx";
import { LineCalls, lineDetail, lineState, lineTone } from "./lines.tsx";

/** The first view. */
export function OverviewView() {
  const overview = useResource<Overview>("/overview", {
    topics: ["registered", "unregistered", "call", "line", "group", "room", "ban"],
    everyMs: 5000,
  });
  const { data } = overview;
  // All parts ask at once; none waits for another.
  return (
    <>
      <Head title={t("overview.title")} lead={data && <Health warnings={data.warnings} />} />
      <Ready of={overview}>
        {({ warnings, counts }) => (
          <>
            <Warnings warnings={warnings} />
            <Tiles counts={counts} />
          </>
        )}
      </Ready>
      <div class="columns">
        <div>
          <CallsNow />
          <GroupsNow />
          <RoomsNow />
        </div>
        <div>
          <LinesNow />
          {data && <Listeners overview={data} />}
          {data && <System overview={data} />}
        </div>
      </div>
    </>
  );
}

function Health({ warnings }: { readonly warnings: readonly Warning[] }) {
  const serious = warnings.filter(({ severity }) => severity !== "info").length;
  return serious === 0
    ? (
      <>
        <Dot tone="ok" />
        {t("overview.well")}
      </>
    )
    : (
      <>
        <Dot tone={warnings.some(({ severity }) => severity === "error") ? "bad" : "warn"} />
        {t("overview.attention", { count: serious })}
      </>
    );
}

/** Where a warning leads. */
const WAYS: Readonly<Record<string, readonly [href: string, text: TextKey]>> = {
  "certificate": ["/certificates", "nav.certificates"],
  "certificate.expired": ["/certificates", "nav.certificates"],
  "line.down": ["/lines", "nav.lines"],
  "domain.none": ["/settings", "nav.settings"],
  "extension.none": ["/extensions", "nav.extensions"],
  "keys.exposed": ["/calls", "nav.calls"],
  "configuration": ["/settings", "nav.settings"],
};

/** In the reader's language, the words of a line's state too. */
function explainWarning({ key, values, text }: Warning): string {
  const { state = "", detail = "" } = values;
  const reason = key === "line.down" &&
    [lineState(state), lineDetail(detail)].filter((part) => part).join(", ");
  if (key === "configuration") return sayFileProblem(text);
  const certificate = key.startsWith("certificate") &&
    { source: certificateName(values.source ?? ""), reason: certificateWarning(values.reason ?? "") };
  return tMaybe(`warning.${key}`, { ...values, ...(reason && { reason }), ...certificate }) ?? text;
}

function Warnings({ warnings }: { readonly warnings: readonly Warning[] }) {
  if (warnings.length === 0) return null;
  const tones = { error: "bad", warning: "warn", info: "info" } as const;
  return (
    <div class="warnings">
      {warnings.map((warning, index) => {
        const way = WAYS[warning.key];
        return (
          <Notice
            key={index}
            tone={tones[warning.severity]}
            {...(way && { way: { href: way[0], label: t("overview.look", { view: t(way[1]) }) } })}
          >
            {explainWarning(warning)}
          </Notice>
        );
      })}
    </div>
  );
}

function Tiles({ counts }: Pick<Overview, "counts">) {
  return (
    <div class="tiles">
      <Tile
        href="/calls"
        title="overview.calls"
        value={counts.calls}
        note={t("overview.sinceStart", { count: printNumber(counts.callsSinceStart) })}
      />
      <Tile
        href="/extensions"
        title="overview.registered"
        value={counts.registered}
        of={counts.extensions}
        note={t("overview.devices", { count: printNumber(counts.devices) })}
      />
      <Tile
        href="/lines"
        title="overview.lines"
        value={counts.linesUp}
        of={counts.lines}
        isBad={counts.linesUp < counts.lines}
        note={counts.lines === 0
          ? t("overview.noLines")
          : counts.linesUp === counts.lines
          ? t("overview.allUp")
          : t("overview.someDown", { count: counts.lines - counts.linesUp })}
      />
      <Tile
        href="/groups"
        title="overview.waiting"
        value={counts.waiting}
        note={t("overview.groups", { count: counts.groups })}
      />
      <Tile
        href="/rooms"
        title="overview.inRooms"
        value={counts.roomMembers}
        note={t("overview.rooms", { count: counts.rooms })}
      />
      <Tile href="/security" title="overview.bans" value={counts.bans} note={t("overview.bansNote")} />
    </div>
  );
}

function Tile({ href, title, value, of, note, isBad }: {
  readonly href: string;
  readonly title: TextKey;
  readonly value: number;
  readonly of?: number;
  readonly note: string;
  readonly isBad?: boolean;
}) {
  return (
    <a class={`tile${isBad ? " bad" : ""}`} href={href}>
      <span class="title">{t(title)}</span>
      <span class="value">
        {printNumber(value)}
        {of !== undefined && <small>{` / ${printNumber(of)}`}</small>}
      </span>
      <span class="note">{note}</span>
    </a>
  );
}

function CallsNow() {
  const calls = useResource<Page<LiveCallView>>("/calls?limit=8", { topics: ["call"], everyMs: 3000 });
  return (
    <Card title={t("overview.calls")} icon="phone" href="/calls" flush>
      <Ready of={calls}>
        {({ items, total }) =>
          items.length === 0
            ? <Empty icon="phone" title={t("call.none")}>{t("call.noneHint")}</Empty>
            : (
              <ul class="rows">
                {items.map((call) => {
                  const phase = phaseOf(call);
                  return (
                    <li key={call.id}>
                      <a class="row call" href={`/calls${at(call.id)}`}>
                        <Dot tone={phase.tone} label={phase.text} />
                        <Parties record={call} />
                        <span>
                          <Encryption record={call} />
                        </span>
                        <Codecs record={call} />
                        <LiveQuality call={call} />
                        <Since at={call.answeredAt ?? call.startedAt} />
                      </a>
                    </li>
                  );
                })}
                {total > items.length && (
                  <li class="rest">
                    <a href="/calls">{t("overview.more", { count: total - items.length })}</a>
                  </li>
                )}
              </ul>
            )}
      </Ready>
    </Card>
  );
}

function GroupsNow() {
  const domain = useDomain();
  const groups = useResource<{ items: readonly GroupView[] }>(domain && `/domains${at(domain.name)}/groups`, {
    topics: ["group", "call", "registered", "unregistered"],
  });
  if (!groups.data || groups.data.items.length === 0) return null;
  return (
    <Card title={t("overview.groupsTitle")} icon="group" href="/groups" flush>
      <ul class="rows">
        {groups.data.items.slice(0, 6).map(({ number, name, members, callers }) => {
          const free = members.filter(({ hindrance }) => hindrance === undefined).length;
          const waiting = callers.filter((caller) => caller.waiting).length;
          return (
            <li key={number}>
              <a class="row" href="/groups">
                <span class="party">
                  {name || number}
                  <small>{number}</small>
                </span>
                <span class="tail">
                  {waiting > 0 && (
                    <Badge tone="warn" icon="clock">{t("group.waiting", { count: waiting })}</Badge>
                  )}
                  <Badge tone={free > 0 ? "ok" : "quiet"}>
                    {t("group.free", { free, all: members.length })}
                  </Badge>
                </span>
              </a>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}

function RoomsNow() {
  const domain = useDomain();
  const rooms = useResource<{ items: readonly RoomView[] }>(
    domain && `/domains${at(domain.name)}/conferences`,
    { topics: ["room"], everyMs: 15_000 },
  );
  if (!rooms.data || rooms.data.items.length === 0) return null;
  return (
    <Card title={t("nav.rooms")} icon="room" href="/rooms" flush>
      <ul class="rows">
        {rooms.data.items.slice(0, 6).map(({ number, name, members, capacity, locked, recording }) => (
          <li key={number}>
            <a class="row" href="/rooms">
              <span class="party">
                {name || number}
                <small>{number}</small>
              </span>
              <span class="tail">
                {recording && <Badge tone="bad" icon="record">{t("room.recording")}</Badge>}
                {locked && <Badge icon="lock">{t("room.locked")}</Badge>}
                <Badge tone={members.length > 0 ? "ok" : "quiet"}>
                  {t("room.members", { count: members.length, capacity })}
                </Badge>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function LinesNow() {
  const domain = useDomain();
  const lines = useResource<Page<LineItem>>(domain && `/domains${at(domain.name)}/lines`, {
    topics: ["line", "call"],
  });
  if (!lines.data || lines.data.items.length === 0) return null;
  return (
    <Card title={t("nav.lines")} icon="line" href="/lines" flush>
      <ul class="rows">
        {lines.data.items.slice(0, 8).map(({ settings, status }) => (
          <li key={settings.name}>
            <a class="row" href="/lines">
              <Dot tone={lineTone(status)} />
              <span class="party">
                {settings.name}
                <small>{status && lineState(status.state)}</small>
              </span>
              <span class="tail">
                {status && <LineCalls status={status} />}
              </span>
            </a>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Listeners({ overview: { listeners, certificates } }: { readonly overview: Overview }) {
  return (
    <Card title={t("overview.listeners")} icon="globe">
      <div class="chips">
        {listeners.map(({ transport, host, port }) => (
          <span class="chip" key={`${transport}${host}${port}`}>
            <b>{transport.toUpperCase()}</b>
            {host.includes(":") ? `[${host}]` : host}:{port}
          </span>
        ))}
      </div>
      {certificates.filter(({ isAuthority }) => !isAuthority).map((certificate) => (
        <a class="row boxed" href="/certificates" key={certificate.source}>
          <span class="party">
            {certificate.names[0] ?? certificate.source}
            <small>{certificateName(certificate.source)}</small>
          </span>
          <CertificateDays certificate={certificate} />
        </a>
      ))}
    </Card>
  );
}

function System({ overview }: { readonly overview: Overview }) {
  const { system, version, startedAt, now } = overview;
  const { history, cores, cpuPercent, memoryBytes, memoryTotal, media } = system;
  return (
    <Card title={t("overview.system")} icon="settings">
      <div class="load">
        <div>
          <span class="title">{t("overview.cpu")}</span>
          <span class="value">
            {history.length < 2 ? "–" : `${(cpuPercent / cores).toFixed(cpuPercent / cores < 10 ? 1 : 0)} %`}
          </span>
          <Sparkline
            values={history.map((sample) => sample.cpuPercent / cores)}
            max={10}
            label={t("overview.cpu")}
          />
        </div>
        <div>
          <span class="title">{t("overview.memory")}</span>
          <span class="value">{printBytes(memoryBytes)}</span>
          <Sparkline
            values={history.map((sample) => sample.memoryBytes)}
            max={memoryBytes * 1.5}
            label={t("overview.memory")}
          />
        </div>
      </div>
      {media.map(({ worker, load, legs }) => (
        <div class="thread" key={worker}>
          <span>{t("overview.thread", { number: worker + 1 })}</span>
          <Bar share={load} label={t("overview.thread", { number: worker + 1 })} />
          <span class="number quiet">{t("overview.legs", { count: legs })}</span>
        </div>
      ))}
      <Facts
        items={[
          ["overview.uptime", printSpan(now - startedAt)],
          ["overview.total", printBytes(memoryTotal)],
          ["overview.version", version],
        ]}
      />
    </Card>
  );
}
