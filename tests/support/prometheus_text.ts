/**
 * A strict reader of the Prometheus text format 0.0.4, with the naming rules of Prometheus' own documentation ("Metric
 * and label naming"): what `promtool check metrics` would complain of, this throws.
 */

export interface MetricFamily {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly samples: readonly MetricSample[];
}

export interface MetricSample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

const NAME = /^[a-z][a-z0-9_]*$/;
const LABEL = /([a-z_][a-z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;
/** Units that are no base units, and their abbreviations. */
const NO_UNIT = /_(?:ms|milliseconds|minutes|hours|kb|kilobytes|mb|percent|s|secs|b)(?:_|$)/;

/** Families by name. Throws an error that names the line. */
export function parseMetrics(text: string): ReadonlyMap<string, MetricFamily> {
  if (!text.endsWith("\n")) throw new SyntaxError("the last line has no end");
  const families = new Map<
    string,
    { -readonly [Key in keyof MetricFamily]: MetricFamily[Key] } & { samples: MetricSample[] }
  >();
  const seen = new Set<string>();
  let current: string | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const complain = (reason: string) => new SyntaxError(`${reason}: ${line}`);
    const [, kind, name, rest] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (kind === "HELP") {
      if (families.has(name!)) throw complain("the family stands twice");
      if (!NAME.test(name!) || NO_UNIT.test(name!)) throw complain("the name is against the conventions");
      families.set(name!, { name: name!, type: "gauge", help: rest!, samples: [] });
      current = name;
    } else if (kind === "TYPE") {
      if (name !== current) throw complain("TYPE stands without its HELP");
      if (rest !== "counter" && rest !== "gauge" && rest !== "histogram") throw complain("unknown type");
      if ((rest === "counter") !== name!.endsWith("_total")) {
        throw complain("counters, and no others, end in _total");
      }
      families.get(name!)!.type = rest;
    } else {
      const sample = parseSample(line, complain);
      const family = current === undefined ? undefined : families.get(current);
      if (!family || !belongs(sample, family)) throw complain("the sample stands outside its family");
      const key = line.slice(0, line.lastIndexOf(" "));
      if (seen.has(key)) throw complain("the series stands twice");
      seen.add(key);
      family.samples.push(sample);
    }
  }
  for (const family of families.values()) if (family.type === "histogram") checkHistogram(family);
  return families;
}

function parseSample(line: string, complain: (reason: string) => Error): MetricSample {
  const [, name, labelText = "", value] = /^([a-z][a-z0-9_]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (name === undefined) throw complain("no sample");
  const labels = new Map<string, string>();
  for (LABEL.lastIndex = 0; LABEL.lastIndex < labelText.length;) {
    const match = LABEL.exec(labelText);
    if (!match) throw complain("labels cannot be read");
    labels.set(match[1]!, match[2]!.replace(/\\(.)/g, (_, sign) => sign === "n" ? "\n" : sign));
  }
  const number = value === "+Inf" ? Infinity : Number(value);
  if (Number.isNaN(number)) throw complain("the value is no number");
  return { name, labels, value: number };
}

function belongs({ name, value }: MetricSample, { name: family, type }: MetricFamily): boolean {
  if (type === "histogram") return ["_bucket", "_sum", "_count"].some((end) => name === family + end);
  return name === family && (type !== "counter" || value >= 0);
}

/** Buckets only grow, the last is `+Inf` and equals the count, for each set of labels. */
function checkHistogram({ name, samples }: MetricFamily): void {
  const keyOf = ({ labels }: MetricSample) => [...labels].filter(([label]) => label !== "le").join();
  for (const [key, group] of Map.groupBy(samples, keyOf)) {
    const buckets = group.filter((sample) => sample.name === `${name}_bucket`);
    const count = group.find((sample) => sample.name === `${name}_count`)?.value;
    const grows = buckets.every(({ value }, index) => index === 0 || value >= buckets[index - 1]!.value);
    const last = buckets.at(-1);
    if (!grows || last?.labels.get("le") !== "+Inf" || last.value !== count) {
      throw new SyntaxError(`the buckets do not fit together: ${name} ${key}`);
    }
  }
}
