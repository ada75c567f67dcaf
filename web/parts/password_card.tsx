/** A password that is shown once, with all that a telephone wants to know. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { t } from "../texts/language.ts";
import type { PasswordView } from "../types.ts";
import { CopyButton, Facts, Notice } from "./basics.tsx";
import { Qr } from "./qr.tsx";

export function PasswordCard({ shown }: { readonly shown: PasswordView }) {
  const { password, server, account, transport, qr, text } = shown;
  // The name of a domain need not lead to this machine; the address of the page does.
  const proxy = location.hostname + /(?::[0-9]+)?$/.exec(server)![0];
  const isNamed = proxy !== server;
  return (
    <div class="body password-card">
      <Notice tone="warn" icon="key">{t("password.once")}</Notice>
      <div class="split">
        <Facts
          items={[
            ["password.server", <code key="s">{server}</code>],
            ...(isNamed ? [["password.proxy", <code key="x">{proxy}</code>] as const] : []),
            ["password.user", <code key="u">{account}</code>],
            ["password.password", <code key="p" class="secret">{password}</code>],
            ["password.transport", transport.toUpperCase()],
          ]}
        />
        <Qr modules={qr} label={t("password.qr")} />
      </div>
      <CopyButton text={isNamed ? `${text}\nOutbound proxy: ${proxy}` : text} label={t("password.copy")} />
    </div>
  );
}
