/** Counters, gauges and histograms, printed in the Prometheus text format (version 0.0.4). */

/** Media type of {@linkcode Metrics.print}. */
export const METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Series of one metric; a label filled from the network must not fill the memory. */
const MAX_SERIES = 1_000;

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

export type Labels = Readonly<Record<string, string>>;

export interface MetricOptions {
  readonly name: string;
  readonly help: string;
  /** Label names; every use gives exactly these. */
  readonly labels?: readonly string[];
}

/** Only grows. */
export interface Counter {
  add(amount?: number, labels?: Labels): void;
}

export interface Gauge {
  set(value: number, labels?: Labels): void;
}

export interface Histogram {
  observe(value: number, labels?: Labels): void;
}

/** One value of a gauge that is read when asked. */
export interface Sample {
  readonly value: number;
  readonly labels?: Labels;
}

interface Metric {
  readonly type: "counter" | "gauge" | "histogram";
  readonly options: MetricOptions;
  print(): string[];
}

/** The metrics of one server. Names are given once; a name given twice throws. */
export class Metrics {
  readonly #metrics = new Map<string, Metric>();
  #dropped = 0;

  counter(options: MetricOptions): Counter {
    const series = new SeriesMap<{ value: number }>(options, () => ({ value: 0 }));
    this.#add({
      type: "counter",
      options,
      print: () => series.map((labels, { value }) => `${options.name}${labels} ${printNumber(value)}`),
    });
    return {
      add: (amount = 1, labels = {}) => {
        if (!(amount >= 0)) {
          throw new RangeError(`Cannot add ${amount} to ${options.name}: a counter only grows`);
        }
        const found = series.get(labels);
        if (found) found.value += amount;
        else this.#dropped++;
      },
    };
  }

  gauge(options: MetricOptions): Gauge {
    const series = new SeriesMap<{ value: number }>(options, () => ({ value: 0 }));
    this.#add({
      type: "gauge",
      options,
      print: () => series.map((labels, { value }) => `${options.name}${labels} ${printNumber(value)}`),
    });
    return {
      set: (value, labels = {}) => {
        const found = series.get(labels);
        if (found) found.value = value;
        else this.#dropped++;
      },
    };
  }

  /** Values that are asked for at each scrape: what is gone disappears. `counter` for what somebody else counts. */
  observed(options: MetricOptions, read: () => Iterable<Sample>, type: "gauge" | "counter" = "gauge"): void {
    this.#add({
      type,
      options,
      print: () => {
        const lines: string[] = [];
        for (const { value, labels = {} } of read()) {
          if (lines.length >= MAX_SERIES) {
            this.#dropped++;
            break;
          }
          lines.push(`${options.name}${printLabels(options, labels)} ${printNumber(value)}`);
        }
        return lines;
      },
    });
  }

  /** @param bounds upper bounds of the buckets, ascending; +Inf is added */
  histogram(options: MetricOptions, bounds: readonly number[]): Histogram {
    if (bounds.some((bound, index) => index > 0 && bound <= bounds[index - 1]!)) {
      throw new RangeError(`Cannot make histogram ${options.name}: bounds must ascend`);
    }
    const series = new SeriesMap<{ counts: Float64Array; sum: number; count: number }>(options, () => ({
      counts: new Float64Array(bounds.length),
      sum: 0,
      count: 0,
    }));
    this.#add({ type: "histogram", options, print: () => printHistogram(options, bounds, series) });
    return {
      observe: (value, labels = {}) => {
        const found = series.get(labels);
        if (!found) return void this.#dropped++;
        found.sum += value;
        found.count++;
        for (let index = bounds.length - 1; index >= 0 && value <= bounds[index]!; index--) {
          found.counts[index]!++;
        }
      },
    };
  }

  /** Everything, ready to be sent. */
  print(): string {
    const lines: string[] = [];
    for (const { type, options, print } of this.#metrics.values()) {
      lines.push(
        `# HELP ${options.name} ${escapeHelp(options.help)}`,
        `# TYPE ${options.name} ${type}`,
        ...print(),
      );
    }
    lines.push(
      "# HELP sipedge_metrics_dropped_total Values dropped because a metric has too many series",
      "# TYPE sipedge_metrics_dropped_total counter",
      `sipedge_metrics_dropped_total ${this.#dropped}`,
    );
    return lines.join("\n") + "\n";
  }

  #add(metric: Metric): void {
    const { name, labels = [] } = metric.options;
    if (!METRIC_NAME.test(name) || labels.some((label) => !LABEL_NAME.test(label) || label === "le")) {
      throw new SyntaxError(`Cannot add metric "${name}": the name or a label is no Prometheus name`);
    }
    if (this.#metrics.has(name)) throw new TypeError(`Cannot add metric "${name}": it exists already`);
    this.#metrics.set(name, metric);
  }
}

/** The series of one metric, by their printed labels. */
class SeriesMap<T> {
  readonly #options: MetricOptions;
  readonly #make: () => T;
  readonly #series = new Map<string, T>();

  constructor(options: MetricOptions, make: () => T) {
    this.#options = options;
    this.#make = make;
    // A metric without labels is there from the start: zero is a value, absence is a riddle.
    if (!options.labels?.length) this.#series.set("", make());
  }

  /** Undefined when the metric has too many series. */
  get(labels: Labels): T | undefined {
    const key = printLabels(this.#options, labels);
    let found = this.#series.get(key);
    if (!found && this.#series.size < MAX_SERIES) this.#series.set(key, found = this.#make());
    return found;
  }

  map(print: (labels: string, value: T) => string): string[] {
    return [...this.#series].map(([labels, value]) => print(labels, value));
  }

  entries(): Iterable<[string, T]> {
    return this.#series;
  }
}

function printHistogram(
  { name }: MetricOptions,
  bounds: readonly number[],
  series: SeriesMap<{ counts: Float64Array; sum: number; count: number }>,
): string[] {
  const lines: string[] = [];
  for (const [labels, { counts, sum, count }] of series.entries()) {
    const bucket = (bound: string, value: number) =>
      `${name}_bucket${labels === "" ? "{" : labels.slice(0, -1) + ","}le="${bound}"} ${value}`;
    bounds.forEach((bound, index) => lines.push(bucket(printNumber(bound), counts[index]!)));
    lines.push(
      bucket("+Inf", count),
      `${name}_sum${labels} ${printNumber(sum)}`,
      `${name}_count${labels} ${count}`,
    );
  }
  return lines;
}

/** `{a="1",b="2"}` in the order of the metric's label names; a label that is not given is empty. */
function printLabels({ labels: names = [] }: MetricOptions, labels: Labels): string {
  if (names.length === 0) return "";
  return `{${names.map((name) => `${name}="${escapeLabel(labels[name] ?? "")}"`).join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replace(/[\\"\n]/g, (sign) => sign === "\n" ? "\\n" : `\\${sign}`);
}

function escapeHelp(help: string): string {
  return help.replace(/[\\\n]/g, (sign) => sign === "\n" ? "\\n" : "\\\\");
}

function printNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value);
}
