/** Independent steps of one test, a few at a time: what waits for real timers need not wait alone. */

export interface Step {
  readonly name: string;
  run(): Promise<void>;
}

export async function inLanes(test: Deno.TestContext, lanes: number, steps: readonly Step[]): Promise<void> {
  const waiting = [...steps];
  const lane = async () => {
    for (let step = waiting.shift(); step; step = waiting.shift()) {
      const { name, run } = step;
      // Deno counts what is open across all steps that run; the test around them is still checked as a whole.
      await test.step({ name, fn: run, sanitizeOps: false, sanitizeResources: false, sanitizeExit: false });
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
