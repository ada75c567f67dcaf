/** Which domain the views show. Most offices have one and never see this. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { ask } from "./api.ts";
import { Empty } from "./parts/basics.tsx";
import type { IconName } from "./parts/icon.tsx";
import { createStore, keepWish, readWish, useStore } from "./store.ts";
import { t } from "./texts/language.ts";
import type { DomainItem, Page } from "./types.ts";

/** All domains; undefined until they are there. */
export const domains = createStore<readonly DomainItem[] | undefined>(undefined);
const chosen = createStore<string | undefined>(readWish("domain"));

/** Asks for all domains; again after one was changed. Throws {@linkcode ApiProblem}. */
export async function loadDomains(): Promise<void> {
  const { items } = await ask<Page<DomainItem>>("/domains?limit=1000");
  domains.set(items);
}

/** The domain in view; undefined while there is none. */
export function useDomain(): DomainItem | undefined {
  const all = useStore(domains) ?? [], name = useStore(chosen);
  return all.find((domain) => domain.name === name) ?? all[0];
}

/** The domain of that name, whichever is in view. */
export function useDomainNamed(name: string): DomainItem | undefined {
  return useStore(domains)?.find((domain) => domain.name === name);
}

function chooseDomain(name: string): void {
  keepWish("domain", name);
  chosen.set(name);
}

/** In place of a view that is nothing without a domain: where to add one. */
export function NoDomain({ icon }: { readonly icon: IconName }) {
  return (
    <Empty icon={icon} title={t("domain.none")}>
      <a href="/settings">{t("domain.add")}</a>
    </Empty>
  );
}

/** The domain in view, to be exchanged for another where there are several. */
export function DomainChoice() {
  const all = useStore(domains) ?? [];
  const domain = useDomain();
  if (all.length === 0) return null;
  if (all.length === 1) return <p class="domain">{domain?.name}</p>;
  return (
    <label class="domain">
      <span class="hidden">{t("domain.choice")}</span>
      <select value={domain?.name ?? ""} onChange={(event) => chooseDomain(event.currentTarget.value)}>
        {all.map(({ name }) => <option key={name} value={name}>{name}</option>)}
      </select>
    </label>
  );
}
