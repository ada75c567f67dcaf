/** This process among others: signals, environment, standard streams. */

/** Runs `handler` at each of `signals`; returns how to stop listening. */
export function onSignals(
  signals: readonly Deno.Signal[],
  handler: (signal: Deno.Signal) => void,
): () => void {
  const listeners = signals.map((signal) => [signal, () => handler(signal)] as const);
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  return () => listeners.forEach(([signal, listener]) => Deno.removeSignalListener(signal, listener));
}

/** Faults that nobody caught: told to `handler`, and the process goes on with the other calls. */
export function onUncaught(handler: (error: unknown) => void): void {
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    handler(event.error);
  });
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    handler(event.reason);
  });
}

/** A variable of the environment; an empty one counts as absent. */
export function environment(name: string): string | undefined {
  return Deno.env.get(name) || undefined;
}

export function workingFolder(): string {
  return Deno.cwd();
}

/** Number of this process. */
export const processId: number = Deno.pid;

/** Bytes of memory this process holds. */
export function memoryBytes(): number {
  return Deno.memoryUsage().rss;
}

export interface StandardStream {
  readonly isTerminal: boolean;
  /** Columns of the terminal; 80 elsewhere. */
  readonly width: number;
  write(text: string): void;
}

export const standardOutput: StandardStream = {
  get isTerminal() {
    return Deno.stdout.isTerminal();
  },
  get width() {
    try {
      return Deno.stdout.isTerminal() ? Deno.consoleSize().columns : 80;
    } catch {
      return 80;
    }
  },
  write: (text) => writeAll(Deno.stdout, text),
};

export const standardError: StandardStream = {
  get isTerminal() {
    return Deno.stderr.isTerminal();
  },
  width: 80,
  write: (text) => writeAll(Deno.stderr, text),
};

/** What a person typed or a pipe sent, to the end of the first line; undefined at the end of the input. */
export function readInputLine(options: { readonly isHidden?: boolean } = {}): string | undefined {
  const isTerminal = Deno.stdin.isTerminal();
  const bytes: number[] = [];
  const buffer = new Uint8Array(1);
  try {
    if (options.isHidden && isTerminal) Deno.stdin.setRaw(true, { cbreak: true });
    while (bytes.length < 4096 && Deno.stdin.readSync(buffer)) {
      if (buffer[0] === 10 || buffer[0] === 13) return new TextDecoder().decode(new Uint8Array(bytes));
      // Raw mode hands us the erase key as it is.
      if (isTerminal && (buffer[0] === 127 || buffer[0] === 8)) bytes.pop();
      else bytes.push(buffer[0]!);
    }
    return bytes.length > 0 ? new TextDecoder().decode(new Uint8Array(bytes)) : undefined;
  } finally {
    if (options.isHidden && isTerminal) Deno.stdin.setRaw(false);
  }
}

/** Everything on the standard input, to its end or `maxBytes`; what is no UTF-8 shows as such. */
export function readWholeInput(maxBytes = 16 * 1_048_576): string {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  let text = "", total = 0;
  for (let count = Deno.stdin.readSync(buffer); count; count = Deno.stdin.readSync(buffer)) {
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
    total += count;
    if (total >= maxBytes) break;
  }
  return text + decoder.decode();
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let sent = 0; sent < bytes.length;) sent += stream.writeSync(bytes.subarray(sent));
  } catch (error) {
    // `sipedge calls | head` closes the pipe early; that is no fault.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/** `deno 2.9.6, linux x86_64`. */
export function runtimeName(): string {
  return `deno ${Deno.version.deno}, ${Deno.build.os} ${Deno.build.arch}`;
}
