/** The domains of the server: companies or sites that do not see each other. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useState } from "preact/hooks";
import { ask, at, session } from "../api.ts";
import { domains, loadDomains } from "../domains.tsx";
import { Badge, Button, Card, Empty } from "../parts/basics.tsx";
import { Confirm, Dialog } from "../parts/dialog.tsx";
import { type Field, Form, type Values } from "../parts/form.tsx";
import { useStore } from "../store.ts";
import { t } from "../texts/language.ts";
import type { DomainItem } from "../types.ts";

type Open = { readonly domain?: DomainItem; readonly isRemoving?: boolean };

export function Domains() {
  const all = useStore(domains) ?? [];
  const [open, setOpen] = useState<Open | undefined>(undefined);
  const close = () => {
    setOpen(undefined);
    void loadDomains();
  };
  return (
    <Card
      title={t("domain.domains")}
      icon="globe"
      flush
      actions={
        <Button
          small
          kind="primary"
          icon="plus"
          onClick={() => setOpen({})}
        >
          {t("domain.add")}
        </Button>
      }
    >
      {all.length === 0 ? <Empty icon="globe" title={t("domain.none")} /> : (
        <ul class="rows">
          {all.map((domain) => <DomainRow key={domain.name} domain={domain} onOpen={setOpen} />)}
        </ul>
      )}
      {open?.isRemoving && open.domain && (
        <Confirm
          title={t("domain.remove", { name: open.domain.name })}
          text={t("domain.removeText")}
          action={t("common.remove")}
          onClose={close}
          onConfirm={() => ask(`/domains${at(open.domain!.name)}`, { method: "DELETE" })}
        />
      )}
      {open && !open.isRemoving && (
        <Dialog title={open.domain?.name ?? t("domain.add")} onClose={close}>
          <Form
            fields={domainFields(open.domain)}
            initial={editable(open.domain)}
            submit={t("common.save")}
            onCancel={close}
            onSubmit={async (values) => {
              const { name, ...rest } = values;
              if (open.domain) await ask(`/domains${at(open.domain.name)}`, { method: "PUT", body: rest });
              else await ask("/domains", { method: "POST", body: { ...rest, name: name ?? "" } });
              close();
            }}
          />
        </Dialog>
      )}
    </Card>
  );
}

function DomainRow({ domain, onOpen }: {
  readonly domain: DomainItem;
  readonly onOpen: (open: Open) => void;
}) {
  return (
    <li class="row">
      <span class="party">
        {domain.name}
        <small>
          {[domain.locale === "zh" ? "中文" : "English", domain.timeZone, ...domain.aliases].join(
            " · ",
          )}
        </small>
      </span>
      <span class="tail">
        {domain.fromFile ? <Badge icon="log">{t("common.fromFile")}</Badge> : (
          <>
            <Button
              small
              kind="ghost"
              icon="pencil"
              label={t("common.edit")}
              onClick={() => onOpen({ domain })}
            />
            <Button
              small
              kind="ghost"
              icon="trash"
              label={t("common.remove")}
              onClick={() => onOpen({ domain, isRemoving: true })}
            />
          </>
        )}
      </span>
    </li>
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
