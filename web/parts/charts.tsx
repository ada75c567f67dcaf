/** Small pictures of numbers over time. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { printTime } from "../format.ts";
import { t } from "../texts/language.ts";
import type { QualityPoint, QualitySeries } from "../types.ts";

/** A line without axes, for a glance. */
export function Sparkline({ values, max, label }: {
  readonly values: readonly number[];
  readonly max: number;
  readonly label: string;
}) {
  const width = 160, height = 36;
  if (values.length < 2) return <div class="sparkline" />;
  const top = Math.max(max, ...values) || 1;
  const points = values.map((value, index) =>
    `${(index / (values.length - 1) * width).toFixed(1)},${
      (height - 2 - value / top * (height - 4)).toFixed(1)
    }`
  ).join(" ");
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <polygon points={`0,${height} ${points} ${width},${height}`} />
      <polyline points={points} />
    </svg>
  );
}

/** A share of a whole. */
export function Bar({ share, label }: { readonly share: number; readonly label: string }) {
  const percent = Math.max(0, Math.min(100, 100 * share));
  const tone = percent > 90 ? "bad" : percent > 75 ? "warn" : "ok";
  return (
    <div
      class={`bar ${tone}`}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(percent)}
    >
      <span style={{ width: `${percent}%` }} />
    </div>
  );
}

interface Measure {
  readonly title: string;
  readonly unit: string;
  readonly read: (point: QualityPoint) => number | undefined;
  /** The scale goes at least so far. */
  readonly low: number;
  readonly high: number;
  readonly digits: number;
  /** True where small values are the bad ones. */
  readonly isScore?: boolean;
}

const LEFT = 40, RIGHT = 8, WIDTH = 300, HEIGHT = 116, TOP = 8, BOTTOM = 10;

/** How each side of a call sounded: score, loss and jitter side by side on the same time. */
export function QualityPlot({ series }: { readonly series: readonly QualitySeries[] }) {
  const times = series.flatMap(({ points }) => points.map(({ at }) => at));
  const first = Math.min(...times), last = Math.max(...times, first + 1000);
  const measures: readonly Measure[] = [
    {
      title: t("quality.mos"),
      unit: "",
      read: ({ mos }) => mos,
      low: 1,
      high: 4.5,
      digits: 1,
      isScore: true,
    },
    {
      title: t("quality.loss"),
      unit: " %",
      read: ({ lossPercent }) => lossPercent,
      low: 0,
      high: 4,
      digits: 1,
    },
    {
      title: t("quality.jitter"),
      unit: " ms",
      read: ({ jitterMs }) => jitterMs,
      low: 0,
      high: 20,
      digits: 0,
    },
  ];
  return (
    <figure class="quality">
      <div class="strips">
        {measures.map((measure) => (
          <Strip key={measure.title} measure={measure} series={series} first={first} last={last} />
        ))}
      </div>
      <figcaption>
        {series.map(({ side, party }, index) => (
          <span key={index} class={`key ${side}`}>
            {t(side === "caller" ? "call.caller" : "call.called")} {party}
          </span>
        ))}
        <span class="times">{printTime(first)} – {printTime(last)}</span>
      </figcaption>
    </figure>
  );
}

function Strip({ measure, series, first, last }: {
  readonly measure: Measure;
  readonly series: readonly QualitySeries[];
  readonly first: number;
  readonly last: number;
}) {
  const { title, unit, read, low, digits, isScore } = measure;
  const values = series.flatMap(({ points }) => points.map(read)).filter((value) => value !== undefined);
  const high = Math.max(measure.high, ...values);
  const x = (at: number) => LEFT + (at - first) / (last - first) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM);
  const print = (value: number | undefined) => value === undefined ? "–" : `${value.toFixed(digits)}${unit}`;
  const worst = values.length === 0 ? undefined : isScore ? Math.min(...values) : Math.max(...values);
  return (
    <div class="strip">
      <p>
        <b>{title}</b>
        {series.map(({ side, points }, index) => (
          <span key={index} class={`now ${side}`}>
            {print(points.map(read).findLast((one) => one !== undefined))}
          </span>
        ))}
      </p>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={t("quality.described", { measure: title, worst: print(worst) })}
      >
        {[low, (low + high) / 2, high].map((value) => (
          <g key={value} class="grid">
            <line x1={LEFT} x2={WIDTH - RIGHT} y1={y(value)} y2={y(value)} />
            <text x={LEFT - 6} y={y(value) + 3.5} text-anchor="end">
              {value.toFixed(Number.isInteger(value) ? 0 : 1)}
            </text>
          </g>
        ))}
        {series.map(({ side, points }, index) => (
          <polyline
            key={index}
            class={side}
            points={points.flatMap((point) => {
              const value = read(point);
              return value === undefined ? [] : [`${x(point.at).toFixed(1)},${y(value).toFixed(1)}`];
            }).join(" ")}
          />
        ))}
      </svg>
    </div>
  );
}
