/** Where dialled numbers go: rules in their order, schedules, caller lists, and a dry run that explains. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import type { TargetedEvent } from "preact";
import { useState } from "preact/hooks";
import { ask, at } from "../api.ts";
import { useDomain } from "../domains.tsx";
import { useResource } from "../live.ts";
import { Badge, Button, Card, Empty, Head, Notice, Ready, Tabs, Trouble } from "../parts/basics.tsx";
import { Dialog, useWork } from "../parts/dialog.tsx";
import { type Field, Form, type Values } from "../parts/form.tsx";
import { language, t } from "../texts/language.ts";
import type { CallerListItem, DomainItem, Page, RuleItem, ScheduleItem } from "../types.ts";

export function Routing({ tab }: { readonly tab: string }) {
  const domain = useDomain();
  if (!domain) return <Empty icon="route" title={t("domain.none")} />;
  return (
    <>
      <Head title={t("nav.routing")} lead={t("rule.lead")} />
      <DryRun domain={domain.name} />
      <Tabs
        label={t("nav.routing")}
        current={tab}
        items={[
          { key: "rules", href: "/routing", text: t("rule.rules") },
          { key: "schedules", href: "/routing/schedules", text: t("rule.schedules") },
          { key: "callers", href: "/routing/callers", text: t("rule.callers") },
        ]}
      />
      {tab === "schedules"
        ? <Schedules domain={domain.name} />
        : tab === "callers"
        ? <Callers domain={domain.name} />
        : <Rules domain={domain} />}
    </>
  );
}

/** What would happen if, and why: nothing is called. */
function DryRun({ domain }: { readonly domain: string }) {
  const [answer, setAnswer] = useState<{ isAllowed: boolean; lines: readonly string[] } | undefined>(
    undefined,
  );
  const work = useWork();
  const run = (event: TargetedEvent<HTMLFormElement, SubmitEvent>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const query = new URLSearchParams({
      from: String(data.get("from")),
      to: String(data.get("to")),
      locale: language.get(),
    });
    setAnswer(undefined);
    void work.run(async () => setAnswer(await ask(`/domains${at(domain)}/route?${query}`)));
  };
  return (
    <Card title={t("dryRun.title")} icon="search">
      <form class="inline" onSubmit={run}>
        <label>
          {t("dryRun.from")}
          <input name="from" required autoComplete="off" placeholder="101" />
        </label>
        <label>
          {t("dryRun.to")}
          <input name="to" required autoComplete="off" placeholder="900441234567" />
        </label>
        <Button type="submit" kind="primary" disabled={work.isBusy}>{t("dryRun.run")}</Button>
      </form>
      <Trouble problem={work.problem} />
      {answer && (
        <div role="status">
          <ol class="steps">{answer.lines.slice(0, -1).map((line, index) => <li key={index}>{line}</li>)}</ol>
          <Notice tone={answer.isAllowed ? "ok" : "bad"}>{answer.lines.at(-1)}</Notice>
        </div>
      )}
    </Card>
  );
}

interface ListState<T> {
  readonly items: readonly { readonly fromFile: boolean; readonly settings: T }[];
}

/** A list whose order counts: changed as a whole, entry by entry. */
function useOrdered<T>(path: string) {
  const list = useResource<ListState<T>>(path);
  const work = useWork();
  const own = list.data?.items.filter(({ fromFile }) => !fromFile).map(({ settings }) => settings) ?? [];
  const put = async (items: readonly T[]) => {
    await ask(path, { method: "PUT", body: { items } });
    list.reload();
  };
  const move = (index: number, by: number) => {
    const items = [...own];
    const [item] = items.splice(index, 1);
    items.splice(index + by, 0, item!);
    void work.run(() => put(items));
  };
  const remove = (index: number) => void work.run(() => put(own.filter((_, other) => other !== index)));
  const keep = (index: number | undefined, item: T) =>
    put(index === undefined ? [...own, item] : own.map((one, other) => other === index ? item : one));
  return { list, own, move, remove, keep, work };
}

interface EntryButtonsProps {
  readonly index: number;
  readonly count: number;
  readonly onEdit: () => void;
  readonly onMove?: (by: number) => void;
  readonly onRemove: () => void;
}

function EntryButtons({ index, count, onEdit, onMove, onRemove }: EntryButtonsProps) {
  return (
    <span class="buttons">
      {onMove && (
        <Button
          small
          kind="ghost"
          icon="arrowUp"
          label={t("common.up")}
          disabled={index === 0}
          onClick={() => onMove(-1)}
        />
      )}
      {onMove && (
        <Button
          small
          kind="ghost"
          icon="arrowDown"
          label={t("common.down")}
          disabled={index === count - 1}
          onClick={() => onMove(1)}
        />
      )}
      <Button small kind="ghost" icon="pencil" label={t("common.edit")} onClick={onEdit} />
      <Button small kind="ghost" icon="trash" label={t("common.remove")} onClick={onRemove} />
    </span>
  );
}

function Rules({ domain }: { readonly domain: DomainItem }) {
  const { list, own, move, remove, keep, work } = useOrdered<RuleItem["settings"]>(
    `/domains${at(domain.name)}/rules`,
  );
  const [open, setOpen] = useState<{ index?: number } | undefined>(undefined);
  return (
    <Card
      title={t("rule.rules")}
      icon="route"
      flush
      actions={
        <Button
          small
          kind="primary"
          icon="plus"
          onClick={() => setOpen({})}
        >
          {t("rule.add")}
        </Button>
      }
    >
      <Trouble problem={work.problem} />
      <Ready of={list}>
        {({ items }) =>
          items.length === 0
            ? <Empty icon="route" title={t("rule.none")}>{t("rule.noneHint")}</Empty>
            : (
              <ol class="rows numbered">
                {items.map(({ fromFile, settings }, place) => {
                  const index = place - (items.length - own.length);
                  const { match, strip, prepend, via, level, schedule } = settings;
                  return (
                    <li class="row" key={place}>
                      <code class="pattern">{match}</code>
                      <span class="party">
                        {(via ?? []).length === 0 ? t("rule.refused") : via.join(" → ")}
                        <small>
                          {describeChange(strip, prepend)}
                          {t("rule.needs", { level: level ?? "outside" })}
                          {schedule !== undefined && schedule !== "always" ? ` · ${schedule}` : ""}
                        </small>
                      </span>
                      <span class="tail">
                        {fromFile ? <Badge icon="log">{t("common.fromFile")}</Badge> : (
                          <EntryButtons
                            index={index}
                            count={own.length}
                            onEdit={() => setOpen({ index })}
                            onMove={(by) => move(index, by)}
                            onRemove={() => remove(index)}
                          />
                        )}
                      </span>
                    </li>
                  );
                })}
              </ol>
            )}
      </Ready>
      {open && (
        <Dialog
          title={t(open.index === undefined ? "rule.add" : "rule.edit")}
          onClose={() => setOpen(undefined)}
        >
          <Form
            fields={ruleFields(domain.levels)}
            initial={(open.index === undefined ? { level: "outside", via: [] } : own[open.index]) as Values}
            submit={t("common.save")}
            onCancel={() => setOpen(undefined)}
            onSubmit={async (values) => {
              await keep(open.index, values as unknown as RuleItem["settings"]);
              setOpen(undefined);
            }}
          />
        </Dialog>
      )}
    </Card>
  );
}

function describeChange(strip: number | undefined, prepend: string | undefined): string {
  const parts = [
    ...(strip ? [t("rule.strips", { count: strip })] : []),
    ...(prepend ? [t("rule.prepends", { digits: prepend })] : []),
  ];
  return parts.map((part) => `${part} · `).join("");
}

function ruleFields(levels: readonly string[]): readonly Field[] {
  return [
    {
      name: "match",
      kind: "text",
      label: "rule.match",
      hint: "rule.matchHint",
      placeholder: "9*",
      required: true,
    },
    { name: "strip", kind: "number", label: "rule.strip", min: 0, max: 32, optional: true },
    { name: "prepend", kind: "text", label: "rule.prepend", optional: true },
    { name: "via", kind: "words", label: "rule.via", hint: "rule.viaHint" },
    { name: "level", kind: "select", label: "rule.level", options: levels.map((level) => [level, level]) },
    { name: "schedule", kind: "text", label: "rule.schedule", placeholder: "always", optional: true },
  ];
}

function Schedules({ domain }: { readonly domain: string }) {
  const path = `/domains${at(domain)}/schedules`;
  const schedules = useResource<Page<ScheduleItem>>(path);
  const work = useWork();
  const [open, setOpen] = useState<{ item?: ScheduleItem } | undefined>(undefined);
  return (
    <Card
      title={t("rule.schedules")}
      icon="clock"
      flush
      actions={
        <Button
          small
          kind="primary"
          icon="plus"
          onClick={() => setOpen({})}
        >
          {t("schedule.add")}
        </Button>
      }
    >
      <Trouble problem={work.problem} />
      <Ready of={schedules}>
        {({ items }) =>
          items.length === 0 ? <Empty icon="clock" title={t("schedule.none")} /> : (
            <ul class="rows">
              {items.map((item) => (
                <li class="row" key={item.settings.name}>
                  <span class="party">
                    {item.settings.name}
                    <small>{item.settings.hours.join(" · ")}</small>
                  </span>
                  <span class="tail">
                    {item.fromFile ? <Badge icon="log">{t("common.fromFile")}</Badge> : (
                      <EntryButtons
                        index={0}
                        count={1}
                        onEdit={() => setOpen({ item })}
                        onRemove={() =>
                          void work.run(() => ask(path + at(item.settings.name), { method: "DELETE" })).then(
                            schedules.reload,
                          )}
                      />
                    )}
                  </span>
                </li>
              ))}
            </ul>
          )}
      </Ready>
      {open && (
        <Dialog
          title={open.item?.settings.name ?? t("schedule.add")}
          onClose={() => setOpen(undefined)}
        >
          <Form
            fields={[
              {
                name: "name",
                kind: "text",
                label: "line.name",
                required: true,
                disabled: open.item !== undefined,
              },
              {
                name: "hours",
                kind: "lines",
                label: "schedule.hours",
                hint: "schedule.hoursHint",
                placeholder: "mo-fr 08:00-17:00",
              },
              { name: "holidays", kind: "words", label: "schedule.holidays", hint: "schedule.holidaysHint" },
            ]}
            initial={(open.item?.settings ?? { hours: [] }) as Values}
            submit={t("common.save")}
            onCancel={() => setOpen(undefined)}
            onSubmit={async (values) => {
              const { name, ...settings } = values;
              const known = open.item?.settings.name;
              if (known === undefined) {
                await ask(path, { method: "POST", body: { ...settings, name: name ?? "" } });
              } else await ask(path + at(known), { method: "PUT", body: settings });
              setOpen(undefined);
              schedules.reload();
            }}
          />
        </Dialog>
      )}
    </Card>
  );
}

function Callers({ domain }: { readonly domain: string }) {
  const { list, own, remove, keep, work } = useOrdered<CallerListItem["settings"]>(
    `/domains${at(domain)}/callerLists`,
  );
  const [open, setOpen] = useState<{ index?: number } | undefined>(undefined);
  return (
    <Card
      title={t("rule.callers")}
      icon="shield"
      flush
      actions={
        <Button
          small
          kind="primary"
          icon="plus"
          onClick={() => setOpen({})}
        >
          {t("callers.add")}
        </Button>
      }
    >
      <Trouble problem={work.problem} />
      <Ready of={list}>
        {({ items }) =>
          items.length === 0
            ? <Empty icon="shield" title={t("callers.none")}>{t("callers.noneHint")}</Empty>
            : (
              <ul class="rows">
                {items.map(({ fromFile, settings }, place) => {
                  const index = place - (items.length - own.length);
                  return (
                    <li class="row" key={place}>
                      <Badge tone={settings.list === "white" ? "ok" : "bad"}>
                        {t(`callers.${settings.list}`)}
                      </Badge>
                      <span class="party">
                        {settings.caller || t("callers.everybody")} →{" "}
                        {settings.called || t("callers.everything")}
                        {settings.percent !== undefined && settings.percent < 100 && (
                          <small>{settings.percent} %</small>
                        )}
                      </span>
                      <span class="tail">
                        {fromFile ? <Badge icon="log">{t("common.fromFile")}</Badge> : (
                          <EntryButtons
                            index={index}
                            count={own.length}
                            onEdit={() => setOpen({ index })}
                            onRemove={() => remove(index)}
                          />
                        )}
                      </span>
                    </li>
                  );
                })}
              </ul>
            )}
      </Ready>
      {open && (
        <Dialog title={t("callers.add")} onClose={() => setOpen(undefined)}>
          <Form
            fields={[
              {
                name: "list",
                kind: "select",
                label: "callers.list",
                options: [["black", t("callers.black")], ["white", t("callers.white")]],
              },
              { name: "caller", kind: "text", label: "callers.caller", hint: "callers.prefixHint" },
              { name: "called", kind: "text", label: "callers.called", hint: "callers.prefixHint" },
              {
                name: "percent",
                kind: "number",
                label: "callers.percent",
                min: 0,
                max: 100,
                optional: true,
                advanced: true,
              },
            ]}
            initial={(open.index === undefined
              ? { list: "black", caller: "", called: "" }
              : own[open.index]) as Values}
            submit={t("common.save")}
            onCancel={() => setOpen(undefined)}
            onSubmit={async (values) => {
              await keep(open.index, values as unknown as CallerListItem["settings"]);
              setOpen(undefined);
            }}
          />
        </Dialog>
      )}
    </Card>
  );
}
