/** Many extensions from a table: a file is chosen, what it would do is shown, then it is done; passwords are shown once. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useId, useState } from "preact/hooks";
import { ask, at } from "../api.ts";
import { Button, Notice, Trouble } from "../parts/basics.tsx";
import { Dialog, useWork } from "../parts/dialog.tsx";
import { FileField } from "../parts/form.tsx";
import { Table } from "../parts/table.tsx";
import { csvFile, saveFile } from "../save_file.ts";
import { sayComplaint } from "../texts/complaints.ts";
import { t } from "../texts/language.ts";
import type { ImportView, ProblemError } from "../types.ts";

/** Rows shown of what may be thousands. */
const MAX_SHOWN = 100;

interface ImportProps {
  readonly domain: string;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** The whole way in one dialog. */
export function ImportExtensions({ domain, onClose, onDone }: ImportProps) {
  const [table, setTable] = useState<Blob | undefined>(undefined);
  const [isUpdate, setUpdate] = useState(false);
  const [plan, setPlan] = useState<ImportView | undefined>(undefined);
  const [done, setDone] = useState<ImportView | undefined>(undefined);
  const work = useWork();
  const send = (body: Blob, wish: { readonly update: boolean; readonly dryRun: boolean }) =>
    ask<ImportView>(
      `/domains${at(domain)}/extensions/import?update=${wish.update}&dryRun=${wish.dryRun}`,
      { method: "POST", body },
    );
  const look = (body: Blob | undefined, update: boolean) => {
    setTable(body);
    setUpdate(update);
    setPlan(undefined);
    if (body) void work.run(async () => setPlan(await send(body, { update, dryRun: true })));
  };
  const apply = (body: Blob) =>
    work.run(async () => {
      setDone(await send(body, { update: isUpdate, dryRun: false }));
      onDone();
    });
  if (done) return <Imported done={done} domain={domain} onClose={onClose} />;
  const count = plan ? plan.added.length + plan.changed.length : 0;
  const errors = work.problem?.errors ?? [];
  return (
    <Dialog title={t("import.title")} onClose={onClose} wide>
      <div class="body">
        <Choice
          isUpdate={isUpdate}
          onFile={(file) => look(file, isUpdate)}
          onUpdate={(on) => look(table, on)}
        />
        {plan && <Plan plan={plan} />}
        {errors.length > 0 ? <Findings errors={errors} /> : <Trouble problem={work.problem} />}
      </div>
      <footer>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
        <Button
          kind="primary"
          disabled={!table || count === 0 || work.isBusy}
          onClick={() => table && void apply(table)}
        >
          {t("import.do")}
        </Button>
      </footer>
    </Dialog>
  );
}

function Choice({ isUpdate, onFile, onUpdate }: {
  readonly isUpdate: boolean;
  readonly onFile: (file: Blob | undefined) => void;
  readonly onUpdate: (on: boolean) => void;
}) {
  const id = useId();
  // Read at once: a browser refuses a file that was saved anew since it was chosen.
  const read = async (file: File | undefined) =>
    onFile(file && new Blob([await file.arrayBuffer()], { type: "text/csv" }));
  return (
    <div class="fields">
      <FileField
        label="import.file"
        hint="import.fileHint"
        accept=".csv,text/csv"
        onChoose={(file) => void read(file)}
      />
      <div class="field switch">
        <label for={id}>{t("import.update")}</label>
        <input
          id={id}
          type="checkbox"
          role="switch"
          checked={isUpdate}
          onChange={(event) => onUpdate(event.currentTarget.checked)}
        />
      </div>
    </div>
  );
}

function Plan({ plan: { added, changed } }: { readonly plan: ImportView }) {
  if (added.length + changed.length === 0) return <Notice tone="info">{t("import.nothing")}</Notice>;
  return (
    <Notice tone="ok">
      {added.length > 0 && <p>{t("import.added", { count: added.length })} {printNumbers(added)}</p>}
      {changed.length > 0 && <p>{t("import.changed", { count: changed.length })} {printNumbers(changed)}</p>}
    </Notice>
  );
}

function printNumbers(numbers: readonly string[]): string {
  const shown = numbers.slice(0, MAX_SHOWN).join(", ");
  return numbers.length > MAX_SHOWN ? `${shown} …` : shown;
}

/** What keeps the table out, line by line. */
function Findings({ errors }: { readonly errors: readonly ProblemError[] }) {
  return (
    <>
      <Notice tone="bad">{t("import.problems", { count: errors.length })}</Notice>
      <ul class="findings">
        {errors.slice(0, MAX_SHOWN).map(({ path, message }, index) => (
          <li key={index}>
            {printPlace(path)}
            {sayComplaint(message)}
          </li>
        ))}
        {errors.length > MAX_SHOWN && <li>…</li>}
      </ul>
    </>
  );
}

/** `line 4: srtp` in the reader's words. */
function printPlace(path: string) {
  const [, line, column] = /^line (\d+)(?:: (.*))?$/s.exec(path) ?? [];
  const place = line === undefined ? path : t("import.line", { line });
  return (
    <>
      {place !== "" && <b>{place}</b>} {column !== undefined && <code>{column}</code>}
      {" "}
    </>
  );
}

/** What was done; the passwords that were made go with the dialog, so it does not close unasked before they are saved. */
function Imported({ done: { added, changed, passwords }, domain, onClose }: {
  readonly done: ImportView;
  readonly domain: string;
  readonly onClose: () => void;
}) {
  const [isSafe, setSafe] = useState(passwords.length === 0);
  const [isWarned, setWarned] = useState(false);
  const save = () => {
    const rows = passwords.map(({ number, name, password }) => [number, name, password]);
    saveFile(csvFile([["number", "name", "password"], ...rows]), `passwords-${domain}.csv`);
    setSafe(true);
  };
  const leave = () => isSafe || isWarned ? onClose() : setWarned(true);
  return (
    <Dialog title={t("import.done")} onClose={leave} wide>
      <div class="body">
        <Plan plan={{ applied: true, added, changed, passwords }} />
        {passwords.length > 0 && (
          <>
            <Notice tone="warn" icon="key">{t("import.passwords")}</Notice>
            <Passwords passwords={passwords} />
          </>
        )}
        {isWarned && !isSafe && <Notice tone="bad">{t("import.unsaved")}</Notice>}
      </div>
      <footer>
        {passwords.length > 0 && (
          <Button kind={isSafe ? "plain" : "primary"} icon="download" onClick={save}>
            {t("import.save")}
          </Button>
        )}
        <Button kind={isSafe ? "primary" : "plain"} onClick={leave}>{t("common.done")}</Button>
      </footer>
    </Dialog>
  );
}

function Passwords({ passwords }: Pick<ImportView, "passwords">) {
  return (
    <Table kind="made" heads={["extension.number", "extension.name", "extension.password"]}>
      {passwords.slice(0, MAX_SHOWN).map(({ number, name, password }) => (
        <tr key={number}>
          <td class="key">{number}</td>
          <td>{name}</td>
          <td>
            <code class="secret">{password}</code>
          </td>
        </tr>
      ))}
      {passwords.length > MAX_SHOWN && (
        <tr>
          <td colSpan={3}>{t("import.more", { count: passwords.length - MAX_SHOWN })}</td>
        </tr>
      )}
    </Table>
  );
}
