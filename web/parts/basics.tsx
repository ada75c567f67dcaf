/** The small parts of which every view is made. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { ApiProblem } from "../api.ts";
import type { Loaded } from "../live.ts";
import { sayComplaint } from "../texts/complaints.ts";
import { t, type TextKey, tMaybe } from "../texts/language.ts";
import type { Page } from "../types.ts";
import { Icon, type IconName } from "./icon.tsx";

type Children = { readonly children?: ComponentChildren };
/** How good or bad news are, as a colour. */
export type Tone = "ok" | "warn" | "bad" | "info" | "quiet";

/** A button; without children it shows its icon alone. */
export interface ButtonProps extends Children {
  readonly icon?: IconName;
  readonly kind?: "primary" | "plain" | "danger" | "ghost";
  readonly small?: boolean;
  readonly disabled?: boolean;
  readonly type?: "button" | "submit";
  /** For buttons that show an icon only. */
  readonly label?: string;
  readonly pressed?: boolean;
  readonly onClick?: () => void;
}

/** Does something here; what leads elsewhere is a link. */
export function Button(
  { icon, kind = "plain", small, disabled, type = "button", label, pressed, onClick, children }: ButtonProps,
) {
  return (
    <button
      type={type}
      class={`button ${kind}${small ? " small" : ""}${children === undefined ? " bare" : ""}`}
      disabled={disabled ?? false}
      {...(label !== undefined && { "aria-label": label, title: label })}
      {...(pressed !== undefined && { "aria-pressed": pressed })}
      {...(onClick && { onClick })}
    >
      {icon && <Icon name={icon} size={small ? 16 : 18} />}
      {children !== undefined && <span>{children}</span>}
    </button>
  );
}

/** A button that saves a file of the server; what it saves stands on it. */
export function DownloadLink({ href, children }: Children & { readonly href: string }) {
  return (
    <a class="button plain" href={href} download>
      <Icon name="download" size={18} />
      <span>{children}</span>
    </a>
  );
}

/** A word or two about a thing, in the colour of its tone. */
export function Badge(
  { tone = "quiet", icon, children }: Children & { readonly tone?: Tone; readonly icon?: IconName },
) {
  return (
    <span class={`badge ${tone}`}>
      {icon && <Icon name={icon} size={14} />}
      {children}
    </span>
  );
}

/** A coloured dot; `label` is its meaning for those who do not see colours, left out where words stand beside it. */
export function Dot({ tone, label }: { readonly tone: Tone; readonly label?: string }) {
  return label === undefined
    ? <span class={`dot ${tone}`} aria-hidden="true" />
    : <span class={`dot ${tone}`} role="img" aria-label={label} title={label} />;
}

/** A part of a view, with a title or without; `flush` where its content goes to the edges. */
export interface CardProps extends Children {
  readonly title?: ComponentChildren;
  readonly icon?: IconName;
  readonly actions?: ComponentChildren;
  readonly href?: string;
  readonly flush?: boolean;
}

/** One part of a view on a ground of its own. */
export function Card({ title, icon, actions, href, flush, children }: CardProps) {
  return (
    <section class={`card${flush ? " flush" : ""}`}>
      {title !== undefined && (
        <header>
          <h2>
            {icon && <Icon name={icon} size={18} />}
            {href === undefined ? title : <a href={href}>{title}</a>}
          </h2>
          {actions && <div class="actions">{actions}</div>}
        </header>
      )}
      {children}
    </section>
  );
}

/** Title of a view, and what can be done in it. */
export function Head({ title, lead, back, children }: Children & {
  readonly title: ComponentChildren;
  readonly lead?: ComponentChildren;
  readonly back?: { readonly href: string; readonly label: string };
}) {
  return (
    <div class="head">
      <div>
        {back && (
          <a class="back" href={back.href}>
            <Icon name="arrowLeft" size={16} />
            {back.label}
          </a>
        )}
        <h1 tabIndex={-1}>{title}</h1>
        {lead !== undefined && <p class="lead">{lead}</p>}
      </div>
      {children !== undefined && <div class="actions">{children}</div>}
    </div>
  );
}

/** Nothing here yet: what would be here, and the way to make one. */
export function Empty(
  { icon, title, action, children }: Children & {
    readonly icon: IconName;
    readonly title: string;
    readonly action?: ComponentChildren;
  },
) {
  return (
    <div class="empty">
      <Icon name={icon} size={28} />
      <p class="title">{title}</p>
      {children !== undefined && <div class="hint">{children}</div>}
      {action}
    </div>
  );
}

/** A sentence that is not to be overlooked; bad news are read aloud at once. */
export function Notice(
  { tone, icon, way, children }: Children & {
    readonly tone: Tone;
    readonly icon?: IconName;
    /** Where it can be put right. */
    readonly way?: { readonly href: string; readonly label: string };
  },
) {
  const shown = icon ?? (tone === "ok" ? "check" : tone === "info" || tone === "quiet" ? "info" : "warning");
  return (
    <div class={`notice ${tone}`} role={tone === "bad" ? "alert" : "status"}>
      <Icon name={shown} />
      <div>{children}</div>
      {way && <a href={way.href}>{way.label}</a>}
    </div>
  );
}

/** What went wrong, in words. */
function explain(problem: ApiProblem): string {
  const reason = problem.reason !== undefined && tMaybe(`reason.${problem.reason}`, problem.values);
  if (reason) return reason;
  const words = tMaybe(`problem.${problem.kind}`, { seconds: problem.retryAfterSec });
  const says = ["invalid", "conflict", "taken", "in-file", "bad-request"].includes(problem.kind);
  // The server knows what exactly; the general words stand in only where it says nothing.
  return says && problem.message !== "" ? sayComplaint(problem.message) : words ?? problem.message;
}

/** What a question or a change came to grief on; nothing while all is well. */
export function Trouble({ problem }: { readonly problem: ApiProblem | undefined }) {
  return problem ? <Notice tone="bad">{explain(problem)}</Notice> : null;
}

/** In place of data that are on their way. */
export function Loading() {
  return (
    <div class="loading" role="status" aria-label={t("common.loading")}>
      <span />
      <span />
      <span />
    </div>
  );
}

/** Like {@linkcode Ready} for a view of one thing, which may have gone: then with a title and the way back. */
export function ReadyOrGone<T>({ of, title, back, children }: {
  readonly of: Loaded<T>;
  readonly title: string;
  readonly back: { readonly href: string; readonly label: string };
  readonly children: (data: T) => ComponentChildren;
}) {
  if (of.data !== undefined || !of.problem) return <Ready of={of}>{children}</Ready>;
  return (
    <>
      <Head title={title} back={back} />
      <Trouble problem={of.problem} />
    </>
  );
}

/** Shows data once they are there, trouble if they never came. */
export function Ready<T>({ of, children }: {
  readonly of: Loaded<T>;
  readonly children: (data: T) => ComponentChildren;
}) {
  if (of.data !== undefined) return <>{children(of.data)}</>;
  return of.problem ? <Trouble problem={of.problem} /> : <Loading />;
}

/** Neighbours of a view, each with an address of its own. */
export function Tabs({ items, current, label }: {
  readonly items: readonly {
    readonly href: string;
    readonly key: string;
    readonly text: string;
  }[];
  readonly current: string;
  readonly label: string;
}) {
  return (
    <nav class="tabs" aria-label={label}>
      {items.map(({ href, key, text }) => (
        <a key={key} href={href} {...(key === current && { "aria-current": "page" as const })}>{text}</a>
      ))}
    </nav>
  );
}

/** A field that narrows a list while one writes. */
export function Search({ value, onInput, label }: {
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly label: string;
}) {
  return (
    <label class="search">
      <Icon name="search" size={18} />
      <input
        type="search"
        value={value}
        placeholder={label}
        aria-label={label}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  );
}

/** The way through a list of several pages; nothing where one holds all. */
export function Pager({ page, onMove }: {
  readonly page: Page<unknown>;
  readonly onMove: (offset: number) => void;
}) {
  const { total, offset, limit, items } = page;
  if (total <= limit && offset === 0) return null;
  return (
    <nav class="pager" aria-label={t("common.pages")}>
      <span>
        {t("common.range", { first: total === 0 ? 0 : offset + 1, last: offset + items.length, total })}
      </span>
      <Button
        small
        icon="arrowLeft"
        label={t("common.previous")}
        disabled={offset === 0}
        onClick={() => onMove(Math.max(0, offset - limit))}
      />
      <Button
        small
        icon="arrowRight"
        label={t("common.next")}
        disabled={offset + limit >= total}
        onClick={() => onMove(offset + limit)}
      />
    </nav>
  );
}

/** Puts `text` on the clipboard and says so for a moment. */
export function CopyButton({ text, label }: { readonly text: string; readonly label?: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = () => {
    copyText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <Button small icon={isCopied ? "check" : "copy"} onClick={copy}>
      {isCopied ? t("common.copied") : label ?? t("common.copy")}
    </Button>
  );
}

/** The clipboard needs HTTPS; on a plain page the old way still works. */
function copyText(text: string): void {
  if (navigator.clipboard) return void navigator.clipboard.writeText(text).catch(() => undefined);
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

/** Pairs of a word and its value. */
export function Facts({ items }: { readonly items: readonly (readonly [TextKey, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {items.map(([key, value]) => (
        <div key={key}>
          <dt>{t(key)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
