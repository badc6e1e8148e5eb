/** Line and bar charts as SVG, readable as a table by screen readers. */
import { useState, type ReactNode } from "react";
import { shortDate } from "../lib/dates.ts";
import { ticksOf } from "../lib/ticks.ts";

export interface Point {
  readonly date: string;
  readonly value: number;
}

interface ChartProps {
  readonly label: string;
  readonly points: readonly Point[];
  readonly line?: readonly Point[];
  readonly kind?: "line" | "bars";
  /** True for counts: no ticks between whole numbers. */
  readonly isWhole?: boolean;
  readonly format: (value: number) => string;
}

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [420, 180, 46, 22, 10];

export function Chart({ label, points, line = [], kind = "line", isWhole = false, format }: ChartProps): ReactNode {
  const [near, setNear] = useState<Point>();
  if (points.length === 0) return null;
  const all = [...points, ...line];
  const scale = makeScale(all, kind === "bars");
  const [first, last] = [points[0]!, points.at(-1)!];
  const shownPoint = near ?? last;
  const track = (event: React.PointerEvent<SVGSVGElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * WIDTH;
    setNear(points.reduce((best, it) => (Math.abs(scale.x(it) - x) < Math.abs(scale.x(best) - x) ? it : best)));
  };
  return (
    <figure className="chart">
      <figcaption>
        {shortDate(shownPoint.date)}: <strong>{format(shownPoint.value)}</strong>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${label}, ${shortDate(first.date)} to ${shortDate(last.date)}: ${format(first.value)} to ${format(last.value)}`} onPointerMove={track} onPointerLeave={() => setNear(undefined)}>
        {scale.ticks.filter((tick) => !isWhole || Number.isInteger(tick)).map((tick) => (
          <g key={tick}>
            <line className="grid" x1={LEFT} x2={WIDTH} y1={scale.y(tick)} y2={scale.y(tick)} />
            <text x={LEFT - 8} y={scale.y(tick) + 4} textAnchor="end">{format(tick).replace(/[^\d.,\u202f-].*$/, "")}</text>
          </g>
        ))}
        {kind === "bars" ? <Bars points={points} scale={scale} /> : <Line points={points} scale={scale} className={line.length > 0 ? "faint" : ""} />}
        {line.length > 0 && <Line points={line} scale={scale} className="" />}
        {near && <circle className="near" cx={scale.x(near)} cy={scale.y(near.value)} r="5" />}
        <text x={LEFT} y={HEIGHT - 4}>{shortDate(first.date)}</text>
        {last.date !== first.date && <text x={WIDTH} y={HEIGHT - 4} textAnchor="end">{shortDate(last.date)}</text>}
      </svg>
    </figure>
  );
}

interface Scale {
  x(point: Point): number;
  y(value: number): number;
  readonly ticks: readonly number[];
}

function Line({ points, scale, className }: { points: readonly Point[]; scale: Scale; className: string }): ReactNode {
  const path = points.map((it, at) => `${at === 0 ? "M" : "L"}${scale.x(it).toFixed(1)} ${scale.y(it.value).toFixed(1)}`);
  const isShort = points.length < 60;
  return (
    <g className={`line ${className}`}>
      <path d={path.join("")} />
      {isShort && points.map((it) => <circle key={it.date} cx={scale.x(it)} cy={scale.y(it.value)} r={points.length === 1 ? 4 : 2.5} />)}
    </g>
  );
}

function Bars({ points, scale }: { points: readonly Point[]; scale: Scale }): ReactNode {
  const width = Math.min(Math.max(((WIDTH - LEFT) / points.length) * 0.65, 2), 40);
  return points.map((it) => (
    <rect key={it.date} className="bar" x={scale.x(it) - width / 2} width={width} y={scale.y(it.value)} height={Math.max(scale.y(0) - scale.y(it.value), 0)} rx="3" />
  ));
}

function makeScale(points: readonly Point[], isFromZero: boolean): Scale {
  const times = points.map((it) => Date.parse(it.date));
  const values = points.map((it) => it.value);
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const [low, high] = [isFromZero ? 0 : Math.min(...values), Math.max(...values)];
  const ticks = ticksOf(low, high);
  const [bottom, top] = [Math.min(low, ticks[0]!), Math.max(high, ticks.at(-1)!)];
  const inset = isFromZero ? 24 : 6;
  const spread = WIDTH - LEFT - 2 * inset;
  return {
    x: (point) => LEFT + inset + (to === from ? spread / 2 : ((Date.parse(point.date) - from) / (to - from)) * spread),
    y: (value) => TOP + (1 - (value - bottom) / (top - bottom || 1)) * (HEIGHT - TOP - BOTTOM),
    ticks,
  };
}
