// Draws what makes a capacity chart ours: intervals as bars, points by outcome and flag, the
// required value as a line. Shapes are mark-shapes.ts's, colours the style sheet's.
import type uPlot from 'uplot';
import type { ChartPoint, PointKind } from './chart-data.ts';
import { FLAG_FRAME, MARKS } from './mark-shapes.ts';

export interface ChartColors {
  readonly text: string;
  readonly grid: string;
  readonly required: string;
  readonly flag: string;
  readonly kinds: Readonly<Record<PointKind, string>>;
}

/** As the style sheet has them now: light or dark. */
export function readColors(element: HTMLElement): ChartColors {
  const style = getComputedStyle(element);
  const probe = (name: string) => style.getPropertyValue(`--meetnet-chart-${name}-color`).trim();
  return {
    text: probe('text'),
    grid: probe('grid'),
    required: probe('required'),
    flag: probe('flag'),
    kinds: {
      pass: probe('pass'),
      fail: probe('fail'),
      inconclusive: probe('inconclusive'),
      failed: probe('failed'),
    },
  };
}

export function drawRequired(
  u: uPlot,
  required: number,
  label: string,
  { required: color }: ChartColors,
): void {
  const { ctx, bbox } = u;
  const y = Math.round(u.valToPos(required, 'y', true));
  ctx.save();
  ctx.strokeStyle = color;
  ctx.fillStyle = color;
  ctx.lineWidth = 2 * pixelRatioOf(u);
  ctx.setLineDash([8 * pixelRatioOf(u), 4 * pixelRatioOf(u)]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.font = `600 ${12 * pixelRatioOf(u)}px system-ui, sans-serif`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'top';
  ctx.fillText(label, bbox.left + 6 * pixelRatioOf(u), y + 5 * pixelRatioOf(u));
  ctx.restore();
}

export function drawPoints(u: uPlot, points: readonly ChartPoint[], colors: ChartColors): void {
  const { ctx, bbox } = u;
  const scale = pixelRatioOf(u);
  const flagFrame = new Path2D(FLAG_FRAME);
  ctx.save();
  ctx.beginPath();
  // A mark at the edge may stand out a little, not into the axes.
  ctx.rect(bbox.left, bbox.top, bbox.width + 10 * scale, bbox.height);
  ctx.clip();
  for (const point of points) {
    const x = u.valToPos(point.at, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    const color = colors.kinds[point.kind];
    const y =
      point.value === null
        ? bbox.top + bbox.height - 9 * scale
        : u.valToPos(point.value, 'y', true);
    if (point.interval !== null) drawInterval(u, x, point.interval, color);
    const mark = MARKS[point.kind];
    const path = new Path2D(mark.path);
    ctx.setTransform(scale, 0, 0, scale, x, y);
    ctx.lineWidth = 1.8;
    ctx.strokeStyle = color;
    ctx.fillStyle = color;
    if (mark.isFilled) ctx.fill(path);
    ctx.stroke(path);
    if (point.isFlagged) {
      ctx.lineWidth = 1.5;
      ctx.strokeStyle = colors.flag;
      ctx.stroke(flagFrame);
    }
    ctx.setTransform(1, 0, 0, 1, 0, 0);
  }
  ctx.restore();
}

function drawInterval(
  u: uPlot,
  x: number,
  [low, high]: readonly [number, number],
  color: string,
): void {
  const { ctx } = u;
  const scale = pixelRatioOf(u);
  const [bottom, top] = [u.valToPos(low, 'y', true), u.valToPos(high, 'y', true)];
  const cap = 3 * scale;
  ctx.strokeStyle = color;
  ctx.lineWidth = 1.2 * scale;
  ctx.beginPath();
  ctx.moveTo(x, bottom);
  ctx.lineTo(x, top);
  for (const y of [bottom, top]) {
    ctx.moveTo(x - cap, y);
    ctx.lineTo(x + cap, y);
  }
  ctx.stroke();
}

function pixelRatioOf(u: uPlot): number {
  return u.ctx.canvas.width / u.width;
}
