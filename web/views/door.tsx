/** Before anybody is in: the first set-up and the sign-in. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import type { ComponentChildren, TargetedEvent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiProblem, ask, session } from "../api.ts";
import { Button, Notice, Trouble } from "../parts/basics.tsx";
import { useWork } from "../parts/dialog.tsx";
import { Logo } from "../parts/icon.tsx";
import { navigate } from "../router.ts";
import { useStore } from "../store.ts";
import { chooseLanguage, language, t } from "../texts/language.ts";
import type { SessionView } from "../types.ts";

function Door({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  const spoken = useStore(language);
  return (
    <main class="door">
      <div class="card">
        <div class="brand">
          <Logo size={44} />
          <span>sipedge</span>
        </div>
        <h1>{title}</h1>
        {children}
      </div>
      <p class="languages">
        <Button kind="ghost" small icon="globe" onClick={() => chooseLanguage(spoken === "en" ? "zh" : "en")}>
          {spoken === "en" ? "中文" : "English"}
        </Button>
      </p>
    </main>
  );
}

interface InputRowProps {
  readonly name: string;
  readonly label: string;
  readonly type?: "text" | "password";
  readonly autoComplete: string;
  readonly value?: string;
  readonly focus?: boolean;
  readonly inputMode?: "numeric";
  readonly hint?: string;
}

function InputRow(
  { name, label, type = "text", autoComplete, value = "", focus, inputMode, hint }: InputRowProps,
) {
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        type={type as "text"}
        autoComplete={autoComplete}
        defaultValue={value}
        {...(inputMode && { inputMode })}
        {...(hint !== undefined && { "aria-describedby": `${name}-hint` })}
        ref={focus ? takeFocus : null}
      />
      {hint !== undefined && <p class="hint" id={`${name}-hint`}>{hint}</p>}
    </div>
  );
}

/** Once: a field that is drawn again must not pull the focus back. */
function takeFocus(element: HTMLInputElement | null): void {
  if (!element || element.dataset.seen !== undefined) return;
  element.dataset.seen = "";
  element.focus();
}

function readForm(event: TargetedEvent<HTMLFormElement, SubmitEvent>): (name: string) => string {
  event.preventDefault();
  const data = new FormData(event.currentTarget);
  return (name) => String(data.get(name) ?? "");
}

/** Name and password, and six digits where they are asked for; before the first set-up, where its link is. */
export function Login() {
  const present = useStore(session);
  const work = useWork();
  const [needsCode, setNeedsCode] = useState(false);
  const signIn = (event: TargetedEvent<HTMLFormElement, SubmitEvent>) => {
    const read = readForm(event);
    const body = {
      name: read("name").trim().toLowerCase(),
      password: read("password"),
      ...(needsCode && { code: read("code").replace(/\s/g, "") }),
    };
    void work.run(async () => {
      try {
        session.set(await ask<SessionView>("/session", { method: "POST", body }));
      } catch (error) {
        if (!(error instanceof ApiProblem) || error.kind !== "code-needed") throw error;
        setNeedsCode(true);
      }
    });
  };
  if (present?.needsSetup) {
    return (
      <Door title={t("setup.title")}>
        <p>{t("setup.where")}</p>
        <pre class="command">journalctl -u sipedge | grep setup</pre>
        <p class="hint">{t("setup.again")}</p>
      </Door>
    );
  }
  const isWrong = work.problem?.kind === "unauthenticated";
  return (
    <Door title={t("door.title")}>
      <form onSubmit={signIn}>
        <InputRow name="name" label={t("door.name")} autoComplete="username" value="admin" />
        <InputRow
          name="password"
          label={t("door.password")}
          type="password"
          autoComplete="current-password"
          focus
        />
        {needsCode && (
          <InputRow
            name="code"
            label={t("door.code")}
            autoComplete="one-time-code"
            inputMode="numeric"
            focus
          />
        )}
        {isWrong ? <Notice tone="bad">{t("door.wrong")}</Notice> : <Trouble problem={work.problem} />}
        <Button kind="primary" type="submit" disabled={work.isBusy}>{t("door.enter")}</Button>
      </form>
    </Door>
  );
}

/** The administrator's password, by the one-time link; its secret stands behind the `#`, where no log of addresses has it. */
export function Setup() {
  const token = location.hash.slice(1);
  const work = useWork();
  const [isValid, setValid] = useState<boolean | undefined>(undefined);
  const [isDifferent, setDifferent] = useState(false);
  useEffect(() => {
    ask<{ isValid: boolean }>("/setup/check", { method: "POST", body: { token } })
      .then((answer) => setValid(answer.isValid), () => setValid(false));
  }, []);
  const setUp = (event: TargetedEvent<HTMLFormElement, SubmitEvent>) => {
    const read = readForm(event);
    const name = read("name").trim().toLowerCase(), password = read("password");
    setDifferent(password !== read("again"));
    if (password !== read("again")) return;
    void work.run(async () => {
      session.set(await ask<SessionView>("/setup", { method: "POST", body: { token, name, password } }));
      // The link leaves the history with its secret.
      navigate("/", { replace: true });
    });
  };
  if (isValid === false) {
    return (
      <Door title={t("setup.title")}>
        <Notice tone="warn">{t("setup.invalid")}</Notice>
        <p class="hint">{t("setup.again")}</p>
        <a class="button plain" href="/">{t("door.title")}</a>
      </Door>
    );
  }
  return (
    <Door title={t("setup.welcome")}>
      <p>{t("setup.lead")}</p>
      <form onSubmit={setUp}>
        <InputRow name="name" label={t("door.name")} autoComplete="username" value="admin" />
        <InputRow
          name="password"
          label={t("setup.password")}
          type="password"
          autoComplete="new-password"
          hint={t("setup.rule")}
          focus
        />
        <InputRow name="again" label={t("setup.repeat")} type="password" autoComplete="new-password" />
        {isDifferent
          ? <Notice tone="bad">{t("setup.different")}</Notice>
          : <Trouble problem={work.problem} />}
        <Button kind="primary" type="submit" disabled={work.isBusy || isValid === undefined}>
          {t("setup.enter")}
        </Button>
      </form>
    </Door>
  );
}
