/** A password that is shown once, with all that a telephone wants to know. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { t } from "../texts/language.ts";
import type { PasswordView } from "../types.ts";
import { Button, CopyButton, Facts, Notice } from "./basics.tsx";
import { Qr } from "./qr.tsx";

/** What a dialog holds once a password has been made. */
export function PasswordCard({ shown, onClose }: {
  readonly shown: PasswordView;
  readonly onClose: () => void;
}) {
  const { password, domain, server, port, account, transport, qr, text } = shown;
  return (
    <>
      <div class="body">
        <Notice tone="warn" icon="key">{t("password.once")}</Notice>
        <div class="split">
          <Facts
            items={[
              ["password.domain", <code key="d">{domain}</code>],
              ["password.server", <code key="s">{server}</code>],
              ["password.port", <code key="o">{port}</code>],
              ["password.transport", transport.toUpperCase()],
              ["password.user", <code key="u">{account}</code>],
              ["password.password", <code key="p" class="secret">{password}</code>],
            ]}
          />
          <Qr modules={qr} label={t("password.qr")} />
        </div>
        <CopyButton text={text} label={t("password.copy")} />
      </div>
      <footer>
        <Button kind="primary" onClick={onClose}>{t("common.done")}</Button>
      </footer>
    </>
  );
}
