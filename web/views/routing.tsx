/** Where dialled numbers go: rules in their order, schedules, caller lists, and a dry run that explains. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import type { TargetedEvent } from "preact";
import { useState } from "preact/hooks";
import { ask, at } from "../api.ts";
import { useDomain } from "../domains.tsx";
import { Badge, Button, Card, Empty, Head, Notice, Ready, Tabs, Trouble } from "../parts/basics.tsx";
import { Dialog, useWork } from "../parts/dialog.tsx";
import { type Field, Form, type Values } from "../parts/form.tsx";
import { EntryButtons, useOrdered } from "../parts/ordered.tsx";
import { language, t } from "../texts/language.ts";
import type { DomainItem, RuleItem } from "../types.ts";
import { Callers } from "./caller_lists.tsx";
import { Schedules } from "./schedules.tsx";

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
                            what={match}
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
