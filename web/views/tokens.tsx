/** Tokens: what scripts may do. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useState } from "preact/hooks";
import { ask, at } from "../api.ts";
import { printDateTime } from "../format.ts";
import { useResource } from "../live.ts";
import { Badge, Button, Card, CopyButton, Empty, Notice, Ready } from "../parts/basics.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Form } from "../parts/form.tsx";
import { RemoveButton } from "../parts/ordered.tsx";
import { t } from "../texts/language.ts";
import type { TokenItem } from "../types.ts";

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

/** All of them; a new one's secret is shown once. */
export function Tokens() {
  const tokens = useResource<{ items: readonly TokenItem[] }>("/tokens");
  const [isAdding, setAdding] = useState(false);
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
      <Ready of={tokens}>
        {({ items }) =>
          items.length === 0
            ? (
              <Empty icon="key" title={t("token.none")}>
                {t("token.noneHint")} <a href="/api/v1/openapi.json" download>{t("token.description")}</a>
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
                      <RemoveButton
                        what={name}
                        onRemove={() =>
                          ask(`/tokens${at(id)}`, { method: "DELETE" }).then(tokens.reload)}
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
