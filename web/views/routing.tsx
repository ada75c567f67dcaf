/** Where dialled numbers go: rules in their order, schedules, caller lists, and a dry run that explains. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import type { TargetedEvent } from "preact";
import { useState } from "preact/hooks";
import { ask, at } from "../api.ts";
import { NoDomain, useDomain } from "../domains.tsx";
import { Button, Card, Head, Notice, Tabs, Trouble } from "../parts/basics.tsx";
import { useWork } from "../parts/dialog.tsx";
import { EntryList } from "../parts/entry_list.tsx";
import type { Field, Values } from "../parts/form.tsx";
import { useOrdered } from "../parts/ordered.tsx";
import { language, t } from "../texts/language.ts";
import type { DomainItem, RuleItem } from "../types.ts";
import { Callers } from "./caller_lists.tsx";
import { Schedules } from "./schedules.tsx";

/** The dry run above all, then the list that `tab` names. */
export function Routing({ tab }: { readonly tab: string }) {
  const domain = useDomain();
  if (!domain) return <NoDomain icon="route" />;
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
  const { list, move, remove, keep, work } = useOrdered<RuleItem["settings"]>(
    `/domains${at(domain.name)}/rules`,
  );
  return (
    <EntryList
      of={list}
      icon="route"
      texts={{ title: "rule.rules", add: "rule.add", none: "rule.none", noneHint: "rule.noneHint" }}
      isNumbered
      problem={work.problem}
      nameOf={({ settings }) => settings.match}
      show={({ settings: { match, strip, prepend, via, level, schedule } }) => (
        <>
          <code class="pattern">{match}</code>
          <span class="party">
            {(via ?? []).length === 0 ? t("rule.refused") : via.join(" → ")}
            <small>
              {describeChange(strip, prepend)}
              {t("rule.needs", { level: level ?? "outside" })}
              {schedule !== undefined && schedule !== "always" ? ` · ${schedule}` : ""}
            </small>
          </span>
        </>
      )}
      form={(chosen) => ({
        title: t(chosen ? "rule.edit" : "rule.add"),
        fields: ruleFields(domain.levels),
        initial: (chosen?.entry.settings ?? { level: "outside", via: [] }) as Values,
      })}
      onSave={(values, chosen) => keep(chosen?.index, values as unknown as RuleItem["settings"])}
      onMove={move}
      onRemove={({ index }) => remove(index)}
    />
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
