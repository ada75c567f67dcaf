/** qvalue (RFC 3261 §25.1): `0` to `1` with up to three decimals. */

/** Thousandths, 0 to 1000, so that values compare exactly; undefined for anything else. */
export function parseQValue(text: string): number | undefined {
  const [, whole, decimals = ""] = /^([01])(?:\.(\d{0,3}))?$/.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const thousandths = Number(whole) * 1000 + Number(decimals.padEnd(3, "0"));
  return thousandths > 1000 ? undefined : thousandths;
}

/** The shortest text of `thousandths`: `0.7`, `1`. */
export function printQValue(thousandths: number): string {
  return String(thousandths / 1000);
}
