/** The engine looks for what died only while it allocates; a thread that rests keeps what it no longer needs. */

/**
 * Sweeps the heap of this thread at once. Quick: 30 to 90 ms. Thorough: three times as long, and the pages go back to the
 * system too.
 */
export type Sweep = (how: "quick" | "thorough") => void;

/** Undefined unless the engine runs with `--expose-gc`. */
export function openSweep(): Sweep | undefined {
  const { gc } = globalThis as { gc?: (options: Record<string, string>) => void };
  return gc && ((how) => {
    gc({ type: "major", execution: "sync", flavor: how === "quick" ? "regular" : "last-resort" });
  });
}
