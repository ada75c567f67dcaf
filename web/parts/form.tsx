/** Forms made from rows: one row a setting, the rarely used ones folded away, the server's complaints at their place. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import type { ComponentChildren, TargetedEvent } from "preact";
import { useId, useState } from "preact/hooks";
import type { ProblemError } from "../types.ts";
import { sayComplaint } from "../texts/complaints.ts";
import { t, type TextKey } from "../texts/language.ts";
import { Button, Notice, Trouble } from "./basics.tsx";
import { useWork } from "./dialog.tsx";

/** Values by path, `forward.noAnswer.to`. */
export type Values = Record<string, unknown>;

/** One row of a form: which value, how it is asked for, what is said about it. */
export interface Field {
  readonly name: string;
  readonly kind: "text" | "number" | "switch" | "select" | "secret" | "words" | "lines" | "area";
  readonly label: TextKey;
  readonly hint?: TextKey;
  readonly placeholder?: string;
  /** For `select`: value and word. An empty value means "not set". */
  readonly options?: readonly (readonly [value: string, text: string])[];
  /** Left out when empty, so that the server's default counts. */
  readonly optional?: boolean;
  readonly advanced?: boolean;
  readonly required?: boolean;
  /** For `number`. */
  readonly min?: number;
  readonly max?: number;
  readonly disabled?: boolean;
}

/** What stands at `path`; undefined where nothing does. */
function valueAt(values: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>(
    (value, key) => typeof value === "object" && value !== null ? (value as Values)[key] : undefined,
    values,
  );
}

/** A copy with `value` at `path`; undefined takes it away, with the objects around it that become empty. */
function withValue(values: Values, path: string, value: unknown): Values {
  const [key, ...rest] = path.split(".");
  const copy = { ...values };
  const next = rest.length === 0 ? value : withValue((copy[key!] ?? {}) as Values, rest.join("."), value);
  const isGone = next === undefined ||
    (rest.length > 0 && Object.keys(next as Values).length === 0 && value === undefined);
  if (isGone) delete copy[key!];
  else copy[key!] = next;
  return copy;
}

/** Rows, what they begin with, and what is done with what was written. */
export interface FormProps {
  readonly fields: readonly Field[];
  readonly initial: Values;
  readonly submit: string;
  readonly onSubmit: (values: Values) => Promise<unknown>;
  readonly onCancel?: () => void;
  readonly readOnly?: string;
  /** Further parts of the form, for values that no row can hold. */
  readonly children?: (values: Values, change: (path: string, value: unknown) => void) => ComponentChildren;
}

/** Keeps what is written until it is sent; complaints come back to their rows. */
export function Form({ fields, initial, submit, onSubmit, onCancel, readOnly, children }: FormProps) {
  const [values, setValues] = useState<Values>(initial);
  const [isSaved, setSaved] = useState(false);
  const work = useWork();
  const change = (path: string, value: unknown) => {
    setSaved(false);
    setValues((before) => withValue(before, path, value));
  };
  const errors = work.problem?.errors ?? [];
  const shown = (advanced: boolean) =>
    fields.filter((field) => (field.advanced ?? false) === advanced).map((field) => (
      <FieldRow
        key={field.name}
        field={field}
        values={values}
        change={change}
        errors={errors}
      />
    ));
  const rare = fields.some(({ advanced }) => advanced);
  const unplaced = errors.length > 0 &&
    !errors.some(({ path }) => fields.some(({ name }) => isAbout(path, name)));
  const send = (event: TargetedEvent<HTMLFormElement, SubmitEvent>) => {
    event.preventDefault();
    void work.run(() => onSubmit(values)).then(setSaved);
  };
  return (
    <form onSubmit={send} noValidate>
      <div class="body">
        {readOnly !== undefined && <Notice tone="info" icon="lock">{readOnly}</Notice>}
        <fieldset disabled={readOnly !== undefined} class="fields">{shown(false)}</fieldset>
        {children?.(values, change)}
        {rare && (
          <details>
            <summary>{t("common.more")}</summary>
            <fieldset disabled={readOnly !== undefined} class="fields">{shown(true)}</fieldset>
          </details>
        )}
        {(errors.length === 0 || unplaced) && <Trouble problem={work.problem} />}
      </div>
      {readOnly === undefined && (
        <footer>
          {isSaved && <span class="saved" role="status">{t("common.saved")}</span>}
          {onCancel && <Button onClick={onCancel}>{t("common.cancel")}</Button>}
          <Button kind="primary" type="submit" disabled={work.isBusy}>{submit}</Button>
        </footer>
      )}
    </form>
  );
}

/** True for an error at `name`, inside it, or with a list before it: `extensions[3].name`. */
function isAbout(path: string, name: string): boolean {
  const plain = path.replace(/^\w+\[\d+\]\./, "");
  return plain === name || plain.startsWith(`${name}.`) || plain.startsWith(`${name}[`);
}

/** A row for a file to be chosen. */
export function FileField({ label, hint, accept, onChoose }: {
  readonly label: TextKey;
  readonly hint: TextKey;
  /** What the browser offers, `.wav,audio/wav`. */
  readonly accept: string;
  readonly onChoose: (file: File | undefined) => void;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{t(label)}</label>
      <input
        id={id}
        type="file"
        accept={accept}
        aria-describedby={`${id}-hint`}
        onChange={(event) => onChoose(event.currentTarget.files?.[0])}
      />
      <p class="hint" id={`${id}-hint`}>{t(hint)}</p>
    </div>
  );
}

interface RowProps {
  readonly field: Field;
  readonly values: Values;
  readonly change: (path: string, value: unknown) => void;
  readonly errors: readonly ProblemError[];
}

function FieldRow({ field, values, change, errors }: RowProps) {
  const id = useId();
  const error = errors.find(({ path }) => isAbout(path, field.name));
  const hints = [field.hint && `${id}-hint`, error && `${id}-error`].filter((part) => part).join(" ");
  const described = hints === "" ? {} : { "aria-describedby": hints };
  return (
    <div class={`field ${field.kind}${error ? " wrong" : ""}`}>
      <label for={id}>
        {t(field.label)}
        {field.optional && !["switch", "select"].includes(field.kind) && (
          <span class="optional">{t("common.optional")}</span>
        )}
      </label>
      <Control
        field={field}
        id={id}
        value={valueAt(values, field.name)}
        change={(value) => change(field.name, value)}
        described={described}
      />
      {field.hint && <p class="hint" id={`${id}-hint`}>{t(field.hint)}</p>}
      {error && <p class="error" id={`${id}-error`}>{sayComplaint(error.message)}</p>}
    </div>
  );
}

interface ControlProps {
  readonly field: Field;
  readonly id: string;
  readonly value: unknown;
  readonly change: (value: unknown) => void;
  readonly described: { readonly "aria-describedby"?: string };
}

function Control({ field, id, value, change, described }: ControlProps) {
  const { kind, optional, placeholder, required } = field;
  const written = String(value ?? "");
  const setText = (event: TargetedEvent<HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement>) => {
    const text = event.currentTarget.value;
    change(text === "" && optional ? undefined : text);
  };
  const common = {
    id,
    disabled: field.disabled ?? false,
    ...described,
    ...(placeholder !== undefined && { placeholder }),
    ...(required && { required: true }),
  };
  switch (kind) {
    case "switch":
      return (
        <input
          {...common}
          type="checkbox"
          role="switch"
          checked={value === true}
          onChange={(event) => change(event.currentTarget.checked)}
        />
      );
    case "select":
      return (
        <select {...common} value={written} onChange={setText}>
          {field.options!.map(([option, word]) => <option key={option} value={option}>{word}</option>)}
        </select>
      );
    case "number":
      return (
        <input
          {...common}
          type="number"
          inputMode="numeric"
          {...(field.min !== undefined && { min: field.min })}
          {...(field.max !== undefined && { max: field.max })}
          value={written}
          onInput={({ currentTarget: { value: raw } }) => change(raw === "" ? undefined : Number(raw))}
        />
      );
    case "words":
    case "lines":
      return <ListInput {...common} kind={kind} value={value} onChange={change} />;
    case "area":
      return <textarea {...common} rows={7} spellcheck={false} value={written} onInput={setText} />;
    case "secret":
      return (
        <input
          {...common}
          type="password"
          autoComplete="new-password"
          value={written}
          onInput={setText}
        />
      );
    case "text":
      return <input {...common} type="text" autoComplete="off" value={written} onInput={setText} />;
    default:
      return kind satisfies never;
  }
}

interface ListInputProps {
  readonly kind: "words" | "lines";
  readonly value: unknown;
  readonly onChange: (value: readonly string[]) => void;
  readonly id: string;
}

/** Several values in one field: words with commas between, or one a line. */
function ListInput({ kind, value, onChange, ...rest }: ListInputProps) {
  const split = (raw: string) =>
    raw.split(kind === "words" ? /[,\s]+/ : /\n/).map((word) => word.trim()).filter((word) => word !== "");
  const shown = Array.isArray(value) ? value.join(kind === "words" ? ", " : "\n") : "";
  return kind === "words"
    ? <WordsInput {...rest} shown={shown} onChange={(raw) => onChange(split(raw))} />
    : (
      <textarea
        {...rest}
        rows={4}
        value={shown}
        onChange={(event) => onChange(split(event.currentTarget.value))}
      />
    );
}

/** Text while it is written, a list when it is left: a comma must not vanish under the fingers. */
function WordsInput(
  { shown, onChange, ...rest }: {
    readonly shown: string;
    readonly onChange: (raw: string) => void;
    readonly id: string;
  },
) {
  return (
    <input
      {...rest}
      type="text"
      autoComplete="off"
      defaultValue={shown}
      onInput={(event) => onChange(event.currentTarget.value)}
    />
  );
}
