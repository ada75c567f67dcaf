/** The SIP ladder of a call: who said what to whom and when; a message opens when its arrow is chosen. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useState } from "preact/hooks";
import { t } from "../texts/language.ts";
import type { LadderArrowView, LadderView } from "../types.ts";
import { CopyButton } from "./basics.tsx";

const ROW = 34, TOP = 58, TIME = 72, GAP = 190;

/** Longest ladder drawn at once; longer ones are cut with a word. */
const MAX_ROWS = 300;

export function LadderFigure({ ladder }: { readonly ladder: LadderView }) {
  const [chosen, choose] = useState<number | undefined>(undefined);
  const { columns } = ladder;
  const arrows = ladder.arrows.slice(0, MAX_ROWS);
  const width = TIME + GAP * columns.length, height = TOP + ROW * arrows.length + 12;
  const x = (column: number) => TIME + GAP * (column + 0.5);
  const message = chosen === undefined ? undefined : arrows[chosen];
  return (
    <div class={`ladder${message ? " open" : ""}`}>
      <div class="scroll" tabIndex={0} role="group" aria-label={t("ladder.title")}>
        <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height}>
          <defs>
            <marker
              id="tip"
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="8"
              markerHeight="8"
              orient="auto-start-reverse"
            >
              <path d="M0 0.5L8 4L0 7.5z" class="tip" />
            </marker>
          </defs>
          {columns.map(({ key, title, transport }, index) => (
            <g key={key} class="column">
              <line x1={x(index)} x2={x(index)} y1={TOP - 10} y2={height} />
              <rect
                x={x(index) - 78}
                y={6}
                width={156}
                height={40}
                rx={8}
                class={key === "server" ? "server" : ""}
              />
              <text x={x(index)} y={transport ? 23 : 31} text-anchor="middle" class="name">
                {shorten(title, 22)}
              </text>
              {transport && (
                <text x={x(index)} y={38} text-anchor="middle" class="transport">
                  {`${transport.toUpperCase()}${title === key ? "" : ` · ${key}`}`}
                </text>
              )}
            </g>
          ))}
          {arrows.map((arrow, index) => (
            <Arrow
              key={index}
              arrow={arrow}
              y={TOP + ROW * index + ROW / 2}
              from={x(arrow.from)}
              to={x(arrow.to)}
              width={width}
              isChosen={index === chosen}
              onChoose={() => choose(index === chosen ? undefined : index)}
            />
          ))}
        </svg>
        {ladder.arrows.length > MAX_ROWS && (
          <p class="hint">{t("ladder.cut", { count: ladder.arrows.length - MAX_ROWS })}</p>
        )}
      </div>
      {message && (
        <aside class="message">
          <header>
            <h3>{message.label}</h3>
            <CopyButton text={message.text} />
          </header>
          <pre tabIndex={0}>{message.text}</pre>
        </aside>
      )}
    </div>
  );
}

interface ArrowProps {
  readonly arrow: LadderArrowView;
  readonly y: number;
  readonly from: number;
  readonly to: number;
  readonly width: number;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

function Arrow({ arrow, y, from, to, width, isChosen, onChoose }: ArrowProps) {
  const { label, kind, hasSdp, isRetransmission, afterMs } = arrow;
  const direction = to > from ? 1 : -1;
  const seconds = `+${(afterMs / 1000).toFixed(3)}`;
  return (
    <g
      class={`arrow ${kind}${isRetransmission ? " again" : ""}${isChosen ? " chosen" : ""}`}
      role="button"
      tabIndex={0}
      aria-pressed={isChosen}
      aria-label={`${seconds} s ${label}`}
      onClick={onChoose}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        onChoose();
      }}
    >
      <rect x={0} y={y - ROW / 2} width={width} height={ROW} class="row" />
      <text x={TIME - 12} y={y + 4} text-anchor="end" class="time">{seconds}</text>
      <line x1={from} x2={to - direction * 3} y1={y + 6} y2={y + 6} marker-end="url(#tip)" />
      <text x={(from + to) / 2} y={y} text-anchor="middle" class="label">
        {shorten(label, Math.abs(to - from) > GAP ? 48 : 24)}
        {hasSdp ? " · SDP" : ""}
        {isRetransmission ? " ↻" : ""}
      </text>
    </g>
  );
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
