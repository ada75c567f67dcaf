/** What kind of machine this is. */

/** Cores this process may use. */
export function coreCount(): number {
  return navigator.hardwareConcurrency;
}

export function hostName(): string {
  return Deno.hostname();
}
