/** Forwards and do-not-disturb of an extension as they are now, whoever set them, and how to change them as its phone would. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { ask } from "../api.ts";
import { Button, Card, Trouble } from "../parts/basics.tsx";
import { useWork } from "../parts/dialog.tsx";
import { Form } from "../parts/form.tsx";
import { t } from "../texts/language.ts";
import type { ExtensionDetail } from "../types.ts";

const REASONS = ["always", "busy", "noAnswer", "unreachable"] as const;

/** A card of an extension's view; `path` is where the API has the extension. */
export function InForce({ data, path, reload }: {
  readonly data: ExtensionDetail;
  readonly path: string;
  readonly reload: () => void;
}) {
  const { forward, doNotDisturb } = data;
  const work = useWork();
  const rows = REASONS.flatMap((reason) => {
    const to = forward[reason]?.to;
    return to === undefined ? [] : [[reason, to] as const];
  });
  const put = (what: string, body: unknown) => ask(`${path}/${what}`, { method: "PUT", body }).then(reload);
  return (
    <Card title={t("extension.inForce")} icon="check" flush>
      <div class="body">
        <label class="switch">
          {t("extension.dnd")}
          <input
            type="checkbox"
            role="switch"
            checked={doNotDisturb}
            disabled={work.isBusy}
            onChange={() => void work.run(() => put("doNotDisturb", { on: !doNotDisturb }))}
          />
        </label>
        <Trouble problem={work.problem} />
        {rows.length === 0 ? <p class="quiet">{t("forward.none")}</p> : (
          <ul class="plain">
            {rows.map(([reason, to]) => (
              <li key={reason}>
                <span class="quiet">{t(`forward.${reason}`)}</span> → <b>{to}</b>{" "}
                <Button
                  small
                  kind="ghost"
                  icon="close"
                  label={t("forward.end", { forward: t(`forward.${reason}`) })}
                  disabled={work.isBusy}
                  onClick={() => void work.run(() => put("forward", { reason }))}
                />
              </li>
            ))}
          </ul>
        )}
      </div>
      <Form
        key={JSON.stringify(forward)}
        fields={[
          {
            name: "reason",
            kind: "select",
            label: "forward.when",
            options: REASONS.map((reason) => [reason, t(`forward.${reason}`)] as const),
          },
          { name: "to", kind: "text", label: "forward.to", hint: "forward.hint", required: true },
        ]}
        initial={{ reason: "always" }}
        submit={t("forward.set")}
        onSubmit={(values) => put("forward", values)}
      />
    </Card>
  );
}
