/** The domains of the server: companies or sites that do not see each other. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { ask, at, saveEntry, session } from "../api.ts";
import { domains, loadDomains } from "../domains.tsx";
import { EntryList } from "../parts/entry_list.tsx";
import type { Field, Values } from "../parts/form.tsx";
import { useStore } from "../store.ts";
import { t } from "../texts/language.ts";
import type { DomainItem } from "../types.ts";

/** All of them, to be changed where the file leaves them free. */
export function Domains() {
  const all = useStore(domains);
  return (
    <EntryList
      of={{ data: { items: all ?? [] }, problem: undefined }}
      icon="globe"
      texts={{ title: "domain.domains", add: "domain.add", none: "domain.none", remove: "domain.removeText" }}
      nameOf={({ name }) => name}
      show={({ name, locale, timeZone, aliases }) => (
        <span class="party">
          {name}
          <small>{[locale === "zh" ? "中文" : "English", timeZone, ...aliases].join(" · ")}</small>
        </span>
      )}
      form={(chosen) => ({
        title: chosen?.entry.name ?? t("domain.add"),
        fields: domainFields(chosen?.entry),
        initial: editable(chosen?.entry),
      })}
      onSave={(values, chosen) =>
        saveEntry({ path: "/domains", key: "name", known: chosen?.entry.name }, values).then(loadDomains)}
      onRemove={({ entry }) => ask(`/domains${at(entry.name)}`, { method: "DELETE" }).then(loadDomains)}
    />
  );
}

function editable(domain: DomainItem | undefined): Values {
  if (!domain) return { locale: session.get()?.locale ?? "en" };
  const { fromFile: _fromFile, ...values } = domain;
  return values;
}

function domainFields(domain: DomainItem | undefined): readonly Field[] {
  return [
    {
      name: "name",
      kind: "text",
      label: "line.name",
      placeholder: "office.example",
      required: true,
      disabled: domain !== undefined,
    },
    { name: "aliases", kind: "words", label: "domain.aliases", hint: "domain.aliasesHint" },
    {
      name: "locale",
      kind: "select",
      label: "extension.locale",
      options: [["en", "English"], ["zh", "中文"]],
    },
    {
      name: "timeZone",
      kind: "text",
      label: "domain.timeZone",
      placeholder: Intl.DateTimeFormat().resolvedOptions().timeZone,
      optional: true,
    },
    {
      name: "emergency",
      kind: "words",
      label: "domain.emergency",
      hint: "domain.emergencyHint",
      advanced: true,
    },
    { name: "levels", kind: "words", label: "domain.levels", hint: "domain.levelsHint", advanced: true },
    {
      name: "limits.callsPerHour",
      kind: "number",
      label: "domain.callsPerHour",
      optional: true,
      advanced: true,
    },
    {
      name: "limits.domainCallsPerHour",
      kind: "number",
      label: "domain.domainCallsPerHour",
      optional: true,
      advanced: true,
    },
    {
      name: "limits.countries",
      kind: "words",
      label: "domain.countries",
      hint: "domain.countriesHint",
      placeholder: "+49, +86",
      optional: true,
      advanced: true,
    },
    {
      name: "limits.denied",
      kind: "words",
      label: "domain.denied",
      hint: "domain.deniedHint",
      optional: true,
      advanced: true,
    },
  ];
}
