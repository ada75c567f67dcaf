/** The SIP ladder of a call: who said what to whom and when; a message opens when its arrow is chosen. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../texts/language.ts";
import type { LadderArrowView, LadderView } from "../types.ts";
import { Button, CopyButton } from "./basics.tsx";

const ROW = 32, TOP = 56, TIME = 54;
/** Columns stand as far apart as the place allows, within reason. */
const MIN_GAP = 82, MAX_GAP = 210;
/** Width of a letter, about. */
const LETTER = 7;

/** Longest ladder drawn at once; longer ones are cut with a word. */
const MAX_ROWS = 300;

/** The ladder as a drawing, with the chosen message beside it. */
export function LadderFigure({ ladder }: { readonly ladder: LadderView }) {
  const [chosen, choose] = useState<number | undefined>(undefined);
  const [place, room] = useWidth();
  const arrows = ladder.arrows.slice(0, MAX_ROWS);
  const count = ladder.columns.length;
  const gap = Math.min(MAX_GAP, Math.max(MIN_GAP, Math.floor((room - TIME) / Math.max(1, count))));
  const width = TIME + gap * count, height = TOP + ROW * arrows.length + 12;
  const x = (column: number) => TIME + gap * (column + 0.5);
  const message = chosen === undefined ? undefined : arrows[chosen];
  return (
    <div class={`ladder${message ? " open" : ""}`}>
      <div class="scroll" tabIndex={0} role="group" aria-label={t("ladder.title")} ref={place}>
        <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height}>
          <Columns ladder={ladder} x={x} gap={gap} height={height} />
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
      {message
        ? <Message message={message} onClose={() => choose(undefined)} />
        : <p class="hint">{t("ladder.hint")}</p>}
    </div>
  );
}

/** The width an element has, kept up to date. */
function useWidth() {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, []);
  return [element, width] as const;
}

function Columns({ ladder, x, gap, height }: {
  readonly ladder: LadderView;
  readonly x: (column: number) => number;
  readonly gap: number;
  readonly height: number;
}) {
  const box = gap - 14, letters = Math.floor((box - 10) / LETTER);
  return (
    <>
      {ladder.columns.map(({ key, title, transport }, index) => (
        <g key={key} class="column">
          <line x1={x(index)} x2={x(index)} y1={TOP - 10} y2={height} />
          <rect
            x={x(index) - box / 2}
            y={4}
            width={box}
            height={40}
            rx={8}
            class={key === "server" ? "server" : ""}
          />
          <text x={x(index)} y={transport ? 21 : 29} text-anchor="middle" class="name">
            {shorten(title, letters)}
          </text>
          {transport && (
            <text x={x(index)} y={36} text-anchor="middle" class="transport">
              {shorten(`${transport.toUpperCase()}${title === key ? "" : ` · ${key}`}`, letters + 4)}
            </text>
          )}
        </g>
      ))}
    </>
  );
}

function Message({ message, onClose }: { readonly message: LadderArrowView; readonly onClose: () => void }) {
  return (
    <aside class="message" aria-label={message.label}>
      <header>
        <h3>{message.label}</h3>
        <div class="actions">
          <CopyButton text={message.text} />
          <Button small kind="ghost" icon="close" label={t("common.close")} onClick={onClose} />
        </div>
      </header>
      <pre tabIndex={0}>{message.text}</pre>
    </aside>
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
  const words = shorten(label, Math.floor((Math.abs(to - from) - 12) / LETTER) - (hasSdp ? 6 : 0)) +
    (hasSdp ? " · SDP" : "") + (isRetransmission ? " ↻" : "");
  return (
    <g
      class={`arrow ${kind}${isRetransmission ? " again" : ""}${isChosen ? " chosen" : ""}`}
      role="button"
      // In small letters: SVG does not know the other spelling, and no key would reach it.
      tabindex={0}
      aria-pressed={isChosen}
      aria-label={`${seconds} ${words}`}
      onClick={onChoose}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        onChoose();
      }}
    >
      <rect x={0} y={y - ROW / 2} width={width} height={ROW} class="row" />
      <text x={TIME - 10} y={y + 4} text-anchor="end" class="time">{`${seconds} `}</text>
      <line x1={from} x2={to - direction * 7} y1={y + 7} y2={y + 7} />
      <path class="tip" d={`M${to - direction} ${y + 7}l${-direction * 9} -4v8z`} />
      <text x={(from + to) / 2} y={y + 1} text-anchor="middle" class="label">{words}</text>
    </g>
  );
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, Math.max(1, length - 1))}…` : text;
}
