/** The own account: password, second factor, and where one is signed in. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useState } from "preact/hooks";
import { ask, at, loadSession, session } from "../api.ts";
import { printBrowser, printDateTime } from "../format.ts";
import { useResource } from "../live.ts";
import { Badge, Button, Card, Ready, Trouble } from "../parts/basics.tsx";
import { Dialog, useWork } from "../parts/dialog.tsx";
import { Form } from "../parts/form.tsx";
import { Qr } from "../parts/qr.tsx";
import { useStore } from "../store.ts";
import { t } from "../texts/language.ts";
import type { SessionItem } from "../types.ts";

/** What concerns nobody but who is signed in. */
export function Account() {
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
          <p class="lead">{t(present?.hasSecondFactor ? "account.factorOn" : "account.factorOff")}</p>
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
                    <small title={userAgent}>{printBrowser(userAgent)} · {printDateTime(seenAt)}</small>
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
