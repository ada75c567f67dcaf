/** Who is kept out, who is in, what scripts may do, and what was changed by whom. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useState } from "preact/hooks";
import { ask, at, loadSession, session } from "../api.ts";
import { printDateTime } from "../format.ts";
import { useResource } from "../live.ts";
import {
  Badge,
  Button,
  Card,
  CopyButton,
  Empty,
  Head,
  Notice,
  Pager,
  Ready,
  Tabs,
  Trouble,
} from "../parts/basics.tsx";
import { Dialog, useWork } from "../parts/dialog.tsx";
import { Form } from "../parts/form.tsx";
import { Qr } from "../parts/qr.tsx";
import { useStore } from "../store.ts";
import { t, tMaybe } from "../texts/language.ts";
import type { AuditItem, Ban, Page, SessionItem, TokenItem } from "../types.ts";

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
  const [offset, setOffset] = useState(0);
  const bans = useResource<Page<Ban>>(`/bans?offset=${offset}&limit=50`, {
    topics: ["ban"],
    everyMs: 15_000,
  });
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
                <table class="list">
                  <thead>
                    <tr>
                      <th>{t("ban.address")}</th>
                      <th>{t("ban.reason")}</th>
                      <th>{t("ban.since")}</th>
                      <th>{t("ban.until")}</th>
                      <th>
                        <span class="hidden">{t("ban.lift")}</span>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {page.items.map(({ address, reason, since, until }) => (
                      <tr key={address}>
                        <td class="key">
                          <code>{address}</code>
                        </td>
                        <td>{tMaybe(`ban.reason.${reason}`) ?? reason}</td>
                        <td class="number">{printDateTime(since)}</td>
                        <td class="number">{printDateTime(until)}</td>
                        <td class="end">
                          <Button small icon="unlock" onClick={() => void lift(address)}>
                            {t("ban.lift")}
                          </Button>
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              )}
            <Pager page={page} onMove={setOffset} />
          </>
        )}
      </Ready>
      {isAdding && (
        <Dialog title={t("ban.add")} onClose={() => setAdding(false)}>
          <Form
            fields={[
              {
                name: "address",
                kind: "text",
                label: "ban.address",
                placeholder: "198.51.100.7",
                required: true,
              },
              { name: "forSeconds", kind: "number", label: "ban.seconds", min: 1, optional: true },
            ]}
            initial={{ forSeconds: 7200 }}
            submit={t("ban.add")}
            onCancel={() => setAdding(false)}
            onSubmit={async (values) => {
              await ask("/bans", { method: "POST", body: { address: "", ...values } });
              setAdding(false);
              bans.reload();
            }}
          />
        </Dialog>
      )}
    </Card>
  );
}

function Account() {
  const present = useStore(session);
  const sessions = useResource<{ items: readonly SessionItem[] }>("/sessions");
  const work = useWork();
  const [isPairing, setPairing] = useState(false);
  const end = (id: string) =>
    work.run(() => ask(`/sessions${at(id)}`, { method: "DELETE" })).then(sessions.reload);
  return (
    <div class="columns even">
      <div>
        <Card title={t("account.password")} icon="key" flush>
          <Form
            fields={[
              { name: "before", kind: "secret", label: "account.before" },
              { name: "after", kind: "secret", label: "account.after", hint: "setup.rule" },
            ]}
            initial={{ before: "", after: "" }}
            submit={t("account.change")}
            onSubmit={(values) => ask("/account/password", { method: "PUT", body: values })}
          />
        </Card>
        <Card title={t("account.factor")} icon="shield">
          <p>{t(present?.hasSecondFactor ? "account.factorOn" : "account.factorOff")}</p>
          <Button onClick={() => setPairing(true)}>
            {t(present?.hasSecondFactor ? "account.factorRemove" : "account.factorAdd")}
          </Button>
        </Card>
      </div>
      <Card title={t("account.sessions")} icon="device" flush>
        <Trouble problem={work.problem} />
        <Ready of={sessions}>
          {({ items }) => (
            <ul class="rows">
              {items.map(({ id, account, host, userAgent, seenAt, isCurrent }) => (
                <li class="row" key={id}>
                  <span class="party">
                    {account} · {host}
                    <small>{userAgent.slice(0, 80)} · {printDateTime(seenAt)}</small>
                  </span>
                  <span class="tail">
                    {isCurrent
                      ? <Badge tone="ok">{t("account.thisOne")}</Badge>
                      : <Button small onClick={() => void end(id)}>{t("account.end")}</Button>}
                  </span>
                </li>
              ))}
            </ul>
          )}
        </Ready>
      </Card>
      {isPairing && (
        <SecondFactor
          hasOne={present?.hasSecondFactor ?? false}
          onClose={() => setPairing(false)}
        />
      )}
    </div>
  );
}

function SecondFactor({ hasOne, onClose }: { readonly hasOne: boolean; readonly onClose: () => void }) {
  const [offer, setOffer] = useState<{ uri: string; qr: boolean[][] } | undefined>(undefined);
  const work = useWork();
  const finish = async (method: "PUT" | "DELETE", code: unknown) => {
    await ask("/account/totp", { method, body: { code: String(code ?? "").replace(/\s/g, "") } });
    await loadSession();
    onClose();
  };
  const code = [{ name: "code", kind: "text", label: "door.code", required: true }] as const;
  return (
    <Dialog title={t("account.factor")} onClose={onClose}>
      {!hasOne && !offer && (
        <>
          <div class="body">
            <p>{t("account.factorLead")}</p>
            <Trouble problem={work.problem} />
          </div>
          <footer>
            <Button
              kind="primary"
              onClick={() =>
                void work.run(async () => setOffer(await ask("/account/totp", { method: "POST" })))}
            >
              {t("account.factorAdd")}
            </Button>
          </footer>
        </>
      )}
      {offer && (
        <>
          <div class="body center">
            <Qr modules={offer.qr} label={t("account.factorScan")} />
            <p class="hint">{t("account.factorScan")}</p>
            <code class="secret">{new URL(offer.uri).searchParams.get("secret")}</code>
          </div>
          <Form
            fields={code}
            initial={{ code: "" }}
            submit={t("account.confirm")}
            onSubmit={({ code: typed }) => finish("PUT", typed)}
          />
        </>
      )}
      {hasOne && (
        <Form
          fields={code}
          initial={{ code: "" }}
          submit={t("account.factorRemove")}
          onSubmit={({ code: typed }) => finish("DELETE", typed)}
        />
      )}
    </Dialog>
  );
}

const SCOPES = [
  "status",
  "directory:read",
  "directory:write",
  "calls",
  "records",
  "system:read",
  "system:write",
  "metrics",
] as const;

function Tokens() {
  const tokens = useResource<{ items: readonly TokenItem[] }>("/tokens");
  const [isAdding, setAdding] = useState(false);
  const work = useWork();
  const remove = (id: string) =>
    work.run(() => ask(`/tokens${at(id)}`, { method: "DELETE" })).then(tokens.reload);
  return (
    <Card
      title={t("security.tokens")}
      icon="key"
      flush
      actions={
        <Button
          small
          kind="primary"
          icon="plus"
          onClick={() => setAdding(true)}
        >
          {t("token.add")}
        </Button>
      }
    >
      <Trouble problem={work.problem} />
      <Ready of={tokens}>
        {({ items }) =>
          items.length === 0
            ? (
              <Empty icon="key" title={t("token.none")}>
                <a href="/api/v1/openapi.json" download>{t("token.description")}</a>
              </Empty>
            )
            : (
              <ul class="rows">
                {items.map(({ id, name, scopes, createdAt, expiresAt, lastUsedAt }) => (
                  <li class="row" key={id}>
                    <span class="party">
                      {name}
                      <small>
                        {t("token.made", { time: printDateTime(createdAt) })}
                        {lastUsedAt !== undefined &&
                          ` · ${t("token.used", { time: printDateTime(lastUsedAt) })}`}
                        {expiresAt !== undefined &&
                          ` · ${t("token.ends", { time: printDateTime(expiresAt) })}`}
                      </small>
                    </span>
                    <span class="tail wrap">
                      {scopes.map((scope) => <Badge key={scope}>{scope}</Badge>)}
                      <Button
                        small
                        kind="ghost"
                        icon="trash"
                        label={t("common.remove")}
                        onClick={() =>
                          void remove(id)}
                      />
                    </span>
                  </li>
                ))}
              </ul>
            )}
      </Ready>
      {isAdding && <AddToken onClose={() => setAdding(false)} onAdded={tokens.reload} />}
    </Card>
  );
}

function AddToken({ onClose, onAdded }: { readonly onClose: () => void; readonly onAdded: () => void }) {
  const [secret, setSecret] = useState<string | undefined>(undefined);
  if (secret !== undefined) {
    return (
      <Dialog title={t("token.added")} onClose={onClose}>
        <div class="body">
          <Notice tone="warn" icon="key">{t("password.once")}</Notice>
          <code class="secret block">{secret}</code>
          <CopyButton text={secret} />
        </div>
        <footer>
          <Button kind="primary" onClick={onClose}>{t("common.done")}</Button>
        </footer>
      </Dialog>
    );
  }
  return (
    <Dialog title={t("token.add")} onClose={onClose}>
      <Form
        fields={[
          { name: "name", kind: "text", label: "token.name", required: true },
          ...SCOPES.map((
            scope,
          ) => ({ name: `scopes.${scope}`, kind: "switch", label: `scope.${scope}` } as const)),
          { name: "days", kind: "number", label: "token.days", min: 1, max: 3650, optional: true },
        ]}
        initial={{ name: "", scopes: { status: true } }}
        submit={t("token.add")}
        onCancel={onClose}
        onSubmit={async ({ name, scopes, days }) => {
          const chosen = SCOPES.filter((scope) =>
            (scopes as Record<string, unknown> | undefined)?.[scope] === true
          );
          const expiresAt = typeof days === "number" ? { expiresAt: Date.now() + days * 86_400_000 } : {};
          const made = await ask<{ secret: string }>("/tokens", {
            method: "POST",
            body: { name, scopes: chosen, ...expiresAt },
          });
          setSecret(made.secret);
          onAdded();
        }}
      />
    </Dialog>
  );
}

function Audit() {
  const [offset, setOffset] = useState(0);
  const audit = useResource<Page<AuditItem>>(`/audit?offset=${offset}&limit=50`);
  return (
    <Card title={t("security.audit")} icon="log" flush>
      <Ready of={audit}>
        {(page) => (
          <>
            {page.items.length === 0 ? <Empty icon="log" title={t("audit.none")} /> : (
              <table class="list">
                <thead>
                  <tr>
                    <th>{t("call.started")}</th>
                    <th>{t("audit.who")}</th>
                    <th>{t("audit.what")}</th>
                    <th>{t("audit.from")}</th>
                  </tr>
                </thead>
                <tbody>
                  {page.items.map(({ at: when, who, action, target, host }, index) => (
                    <tr key={index}>
                      <td class="number">{printDateTime(when)}</td>
                      <td>{who}</td>
                      <td>{action} {target !== undefined && <code>{target}</code>}</td>
                      <td>
                        <code>{host}</code>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
            <Pager page={page} onMove={setOffset} />
          </>
        )}
      </Ready>
    </Card>
  );
}
