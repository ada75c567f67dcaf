/** Who is kept out, who is in, and what was changed by whom. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useState } from "preact/hooks";
import { ask, at } from "../api.ts";
import { printDateTime } from "../format.ts";
import { usePage } from "../live.ts";
import { Button, Card, Empty, Head, Pager, Ready, Tabs, Trouble } from "../parts/basics.tsx";
import { useWork } from "../parts/dialog.tsx";
import type { Field } from "../parts/form.tsx";
import { FormDialog } from "../parts/form_dialog.tsx";
import { Table } from "../parts/table.tsx";
import { t, tMaybe } from "../texts/language.ts";
import type { AuditItem, Ban } from "../types.ts";
import { Account } from "./account.tsx";
import { Tokens } from "./tokens.tsx";

/** Bans, the own account, tokens or changes, by `tab`. */
export function Security({ tab }: { readonly tab: string }) {
  return (
    <>
      <Head title={t("nav.security")} lead={t("security.lead")} />
      <Tabs
        label={t("nav.security")}
        current={tab}
        items={[
          { key: "bans", href: "/security", text: t("security.bans") },
          { key: "account", href: "/security/account", text: t("security.account") },
          { key: "tokens", href: "/security/tokens", text: t("security.tokens") },
          { key: "audit", href: "/security/audit", text: t("security.audit") },
        ]}
      />
      {tab === "account"
        ? <Account />
        : tab === "tokens"
        ? <Tokens />
        : tab === "audit"
        ? <Audit />
        : <Bans />}
    </>
  );
}

function Bans() {
  const bans = usePage<Ban>("/bans", { topics: ["ban"], everyMs: 15_000 });
  const [isAdding, setAdding] = useState(false);
  const work = useWork();
  const lift = (address: string) =>
    work.run(() => ask(`/bans${at(address)}`, { method: "DELETE" })).then(bans.reload);
  return (
    <Card
      title={t("security.bans")}
      icon="shield"
      flush
      actions={<Button small icon="plus" onClick={() => setAdding(true)}>{t("ban.add")}</Button>}
    >
      <Trouble problem={work.problem} />
      <Ready of={bans}>
        {(page) => (
          <>
            {page.items.length === 0
              ? <Empty icon="shield" title={t("ban.none")}>{t("ban.noneHint")}</Empty>
              : (
                <Table
                  kind="bans"
                  heads={["ban.address", "ban.reason", "ban.since", "ban.until"]}
                  hiddenHead="ban.lift"
                >
                  {page.items.map((ban) => (
                    <BanRow
                      key={ban.address}
                      ban={ban}
                      onLift={() => void lift(ban.address)}
                    />
                  ))}
                </Table>
              )}
            <Pager page={page} onMove={bans.move} />
          </>
        )}
      </Ready>
      {isAdding && (
        <FormDialog
          title={t("ban.add")}
          fields={BAN_FIELDS}
          initial={{ forSeconds: 7200 }}
          submit={t("ban.add")}
          onSubmit={(values) =>
            ask("/bans", { method: "POST", body: { address: "", ...values } }).then(bans.reload)}
          onClose={() => setAdding(false)}
        />
      )}
    </Card>
  );
}

function BanRow({ ban: { address, reason, since, until }, onLift }: {
  readonly ban: Ban;
  readonly onLift: () => void;
}) {
  return (
    <tr>
      <td class="key">
        <code>{address}</code>
      </td>
      <td>{tMaybe(`ban.reason.${reason}`) ?? reason}</td>
      <td class="number">{printDateTime(since)}</td>
      <td class="number" data-label={t("ban.until")}>{printDateTime(until)}</td>
      <td class="end">
        <Button small icon="unlock" onClick={onLift}>{t("ban.lift")}</Button>
      </td>
    </tr>
  );
}

function Audit() {
  const audit = usePage<AuditItem>("/audit");
  return (
    <Card title={t("security.audit")} icon="log" flush>
      <Ready of={audit}>
        {(page) => (
          <>
            {page.items.length === 0
              ? <Empty icon="log" title={t("audit.none")} />
              : (
                <Table kind="audit" heads={["call.started", "audit.who", "audit.what", "audit.from"]}>
                  {page.items.map(({ at: when, who, action, target, host }, index) => (
                    <tr key={index}>
                      <td class="number">{printDateTime(when)}</td>
                      <td>{who}</td>
                      <td>{printAction(action)} {target !== undefined && <code>{target}</code>}</td>
                      <td>
                        <code>{host}</code>
                      </td>
                    </tr>
                  ))}
                </Table>
              )}
            <Pager page={page} onMove={audit.move} />
          </>
        )}
      </Ready>
    </Card>
  );
}

/** `add extensions`, as the audit log keeps it, in the reader's words. */
function printAction(action: string): string {
  const [verb = "", thing = ""] = action.split(" ");
  const said = tMaybe(`audit.verb.${verb}`), what = tMaybe(`audit.thing.${thing}`);
  return tMaybe(`audit.${action}`) ?? (said && what ? t("audit.did", { verb: said, thing: what }) : action);
}

const BAN_FIELDS: readonly Field[] = [
  {
    name: "address",
    kind: "text",
    label: "ban.address",
    placeholder: "198.51.100.7",
    required: true,
  },
  { name: "forSeconds", kind: "number", label: "ban.seconds", min: 1, optional: true },
];
