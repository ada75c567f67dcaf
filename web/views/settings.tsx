/** What is set and where: the file's settings to look at, domains to change, backup, language and look. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { askFile } from "../api.ts";
import { useResource } from "../live.ts";
import { Card, Head, Notice, Ready } from "../parts/basics.tsx";
import { Form, type Values } from "../parts/form.tsx";
import { saveFile } from "../save_file.ts";
import { useStore } from "../store.ts";
import { sayFileProblem } from "../texts/complaints.ts";
import { chooseLanguage, language, t, tMaybe } from "../texts/language.ts";
import { chooseTheme, type Theme, theme } from "../theme.ts";
import type { SettingsView } from "../types.ts";
import { Domains } from "./domain_list.tsx";
import { Sounds } from "./sounds.tsx";

/** What can be changed here on the left, what the file says on the right. */
export function Settings() {
  const settings = useResource<SettingsView>("/settings");
  return (
    <>
      <Head title={t("nav.settings")} lead={t("settings.lead")} />
      <div class="columns even">
        <div>
          <Domains />
          <Look />
          <Sounds />
          <Backup />
        </div>
        <div>
          <Ready of={settings}>{(data) => <FileSettings settings={data} />}</Ready>
        </div>
      </div>
    </>
  );
}

function FileSettings({ settings: { file, problems, sections } }: { readonly settings: SettingsView }) {
  return (
    <Card title={t("settings.inForce")} icon="settings">
      <div class="warnings">
        <Notice tone="info" icon="lock">
          {file === undefined ? t("settings.noFile") : t("settings.file", { file })}
        </Notice>
        {problems.map((problem) => <Notice key={problem} tone="warn">{sayFileProblem(problem)}</Notice>)}
      </div>
      {Object.entries(sections).map(([name, values]) => (
        <details key={name} open={name === "listen" || name === "security"}>
          <summary>{tMaybe(`section.${name}`) ?? name}</summary>
          <dl class="facts settings">
            {flatten(values).map(([path, value]) => (
              <div key={path}>
                <dt>
                  <code>{path}</code>
                </dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </details>
      ))}
    </Card>
  );
}

/** Settings as paths and words. */
function flatten(value: unknown, path = ""): readonly (readonly [string, string])[] {
  const listener = printListener(value);
  if (listener !== undefined) return [[path, listener]];
  if (Array.isArray(value)) {
    const words = value.map((one) => typeof one === "object" ? printListener(one) : String(one));
    if (words.every((word) => word !== undefined)) {
      return [[path, words.length === 0 ? "–" : words.join(", ")]];
    }
    return value.flatMap((one, index) => flatten(one, `${path}[${index}]`));
  }
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, inner]) =>
      flatten(inner, path === "" ? key : `${path}.${key}`)
    );
  }
  return [[
    path,
    value === "" ? "–" : typeof value === "boolean" ? t(value ? "common.yes" : "common.no") : String(value),
  ]];
}

/** A listener as the file writes it: `tls://0.0.0.0:5061`. */
function printListener(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("host" in value) || !("port" in value)) {
    return undefined;
  }
  const { host, port, transport, secure } = value as Values;
  const scheme = transport ?? (secure === true ? "https" : "http");
  return `${scheme}://${String(host).includes(":") ? `[${host}]` : host}:${port}`;
}

function Look() {
  const spoken = useStore(language), look = useStore(theme);
  return (
    <Card title={t("look.title")} icon="sun">
      <div class="fields">
        <div class="field">
          <label for="language">{t("look.language")}</label>
          <select
            id="language"
            value={spoken}
            onChange={(event) => chooseLanguage(event.currentTarget.value === "zh" ? "zh" : "en")}
          >
            <option value="en">English</option>
            <option value="zh">中文</option>
          </select>
        </div>
        <div class="field">
          <label for="theme">{t("look.theme")}</label>
          <select
            id="theme"
            value={look}
            onChange={(event) => chooseTheme(event.currentTarget.value as Theme)}
          >
            <option value="auto">{t("look.auto")}</option>
            <option value="light">{t("look.light")}</option>
            <option value="dark">{t("look.dark")}</option>
          </select>
        </div>
      </div>
    </Card>
  );
}

function Backup() {
  const save = async (values: Values) => {
    const backup = await askFile("/backup", { method: "POST", body: values });
    saveFile(backup, `sipedge-${new Date().toISOString().slice(0, 10)}.backup`);
  };
  return (
    <Card title={t("backup.title")} icon="download" flush>
      <Form
        fields={[{ name: "passphrase", kind: "secret", label: "backup.passphrase", hint: "backup.hint" }]}
        initial={{ passphrase: "" }}
        submit={t("backup.save")}
        onSubmit={save}
      />
    </Card>
  );
}
