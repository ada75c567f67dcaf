/** What a bench measured, held against its targets. */

interface Target {
  readonly target: number;
  readonly unit: string;
}

export class Verdicts {
  readonly #rows: string[] = [];
  #missed = 0;

  atLeast(name: string, value: number, { target, unit }: Target): void {
    this.#add(name, { value, unit, wish: `at least ${plain(target)}${unit}`, isMet: value >= target });
  }

  atMost(name: string, value: number, { target, unit }: Target): void {
    this.#add(name, { value, unit, wish: `at most ${plain(target)}${unit}`, isMet: value <= target });
  }

  /** One line for each target, and how many were missed. */
  print(): void {
    console.log("\n| target | measured | wanted | met |\n| --- | --- | --- | --- |");
    for (const row of this.#rows) console.log(row);
    console.log(this.#missed === 0 ? "\nEvery target is met" : `\n${this.#missed} targets are missed`);
  }

  #add(name: string, row: { value: number; unit: string; wish: string; isMet: boolean }): void {
    if (!row.isMet) this.#missed++;
    const cells = [name, plain(row.value) + row.unit, row.wish, row.isMet ? "yes" : "NO"];
    this.#rows.push(`| ${cells.join(" | ")} |`);
  }
}

function plain(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: value < 100 ? 2 : 0 });
}
