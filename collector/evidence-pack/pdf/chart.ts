// One direction's tests over time against the norm, drawn as vectors. Filled: counts for capacity;
// half: for use alone; hollow: for neither; a cross on the axis: no result.
import type { Direction } from '#shared/model/norm.ts';
import type { EpochMs, Mbps } from '#shared/model/units.ts';
import type { EvidenceTest } from '#shared/wire/evidence-pack.ts';
import { INK, SUBTLE } from './paper.ts';

export interface ChartPoint {
  readonly at: EpochMs;
  readonly mark: 'capacity' | 'use' | 'neither' | 'failed';
  /** Absent of a direction without a result. */
  readonly reading?: { readonly mbps: Mbps; readonly low: Mbps; readonly high: Mbps };
}

export interface Chart {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly points: readonly ChartPoint[];
  /** Level lines, with what is written beside each. */
  readonly levels: readonly {
    readonly mbps: Mbps;
    readonly label: string;
    readonly isNorm: boolean;
  }[];
  /** `12-03`. */
  readonly dayOf: (at: EpochMs) => string;
  readonly title: string;
}

const COLOURS = { capacity: '#154273', use: '#7d9cc0', neither: '#154273', failed: '#8a4b08' };
const NORM = '#b3261e';
const CONTRACT = '#5f3b8c';
const RADIUS = 1.7;
const HEADROOM = 1.12;
const DAYS_SHOWN = 7;
const LEFT = 30;
const RIGHT = 62;
const BELOW = 12;
const ABOVE = 12;

export function pointsOf(tests: readonly EvidenceTest[], direction: Direction): ChartPoint[] {
  return tests.map((test) => {
    const at = Date.parse(test.startedAt);
    const result = test[direction];
    const { capacity, use, outcome } = test.judged[direction];
    if (result === undefined || outcome === undefined) return { at, mark: 'failed' };
    const [low, high] = result.interval;
    const mark = capacity.counted ? 'capacity' : use.counted ? 'use' : 'neither';
    return { at, mark, reading: { mbps: result.ipCapacity, low, high } };
  });
}

export function drawChart(
  doc: PDFKit.PDFDocument,
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  chart: Chart,
): void {
  const { from, to, points, levels } = chart;
  const top = highest(chart) * HEADROOM;
  const area = {
    ...{ left: box.x + LEFT, right: box.x + box.width - RIGHT },
    ...{ top: box.y + ABOVE, bottom: box.y + box.height - BELOW },
  };
  const x = (at: EpochMs) =>
    area.left + ((at - from) / Math.max(1, to - from)) * (area.right - area.left);
  const y = (mbps: Mbps) => area.bottom - (mbps / top) * (area.bottom - area.top);
  doc.fontSize(7).fillColor(INK).text(chart.title, box.x, box.y, { lineBreak: false });
  drawAxes(doc, chart, area, { x, y, top });
  for (const { mbps, label, isNorm } of levels) {
    const colour = isNorm ? NORM : CONTRACT;
    doc.lineWidth(isNorm ? 1 : 0.7).strokeColor(colour);
    if (!isNorm) doc.dash(3, { space: 2 });
    doc.moveTo(area.left, y(mbps)).lineTo(area.right, y(mbps)).stroke().undash();
    doc.fillColor(colour).text(label, area.right + 3, y(mbps) - 4, { lineBreak: false });
  }
  for (const point of points) drawPoint(doc, point, x(point.at), y, area.bottom);
}

/** The four marks with their words, in a row from `x` on. */
export function drawLegend(
  doc: PDFKit.PDFDocument,
  x: number,
  y: number,
  words: Readonly<Record<ChartPoint['mark'], string>>,
): void {
  let at = x;
  for (const mark of ['capacity', 'use', 'neither', 'failed'] as const) {
    drawMark(doc, mark, at + 3, y + 4);
    doc.fillColor(SUBTLE).text(words[mark], at + 9, y, { lineBreak: false });
    at += 9 + doc.widthOfString(words[mark]) + 12;
  }
}

function highest({ points, levels }: Chart): Mbps {
  return Math.max(
    1,
    ...levels.map(({ mbps }) => mbps),
    ...points.map(({ reading }) => reading?.high ?? 0),
  );
}

function drawAxes(
  doc: PDFKit.PDFDocument,
  { from, to, dayOf }: Chart,
  area: { left: number; right: number; top: number; bottom: number },
  scale: { x: (at: EpochMs) => number; y: (mbps: Mbps) => number; top: Mbps },
): void {
  const step = niceStep(scale.top / 4);
  for (let mbps = 0; mbps <= scale.top; mbps += step) {
    const y = scale.y(mbps);
    doc.lineWidth(0.3).strokeColor('#dfe2e8').moveTo(area.left, y).lineTo(area.right, y).stroke();
    const label = String(mbps);
    doc
      .fillColor(SUBTLE)
      .text(label, area.left - 4 - doc.widthOfString(label), y - 4, { lineBreak: false });
  }
  for (let index = 0; index < DAYS_SHOWN; index += 1) {
    const at = from + ((to - from) * index) / (DAYS_SHOWN - 1);
    const label = dayOf(at);
    doc.text(label, scale.x(at) - doc.widthOfString(label) / 2, area.bottom + 3, {
      lineBreak: false,
    });
  }
  doc
    .lineWidth(0.6)
    .strokeColor(SUBTLE)
    .moveTo(area.left, area.bottom)
    .lineTo(area.right, area.bottom)
    .stroke();
}

/** 1, 2 or 5 times a power of ten, at least `least`. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((factor) => factor * power >= least) ?? 10) * power;
}

function drawPoint(
  doc: PDFKit.PDFDocument,
  { mark, reading }: ChartPoint,
  x: number,
  y: (mbps: Mbps) => number,
  bottom: number,
): void {
  if (reading === undefined) {
    drawMark(doc, mark, x, bottom - 3);
    return;
  }
  const { mbps, low, high } = reading;
  doc
    .lineWidth(0.4)
    .strokeColor(COLOURS[mark])
    .moveTo(x, y(Math.max(0, low)))
    .lineTo(x, y(high))
    .stroke();
  drawMark(doc, mark, x, y(mbps));
}

function drawMark(doc: PDFKit.PDFDocument, mark: ChartPoint['mark'], x: number, y: number): void {
  const colour = COLOURS[mark];
  doc.lineWidth(0.6).strokeColor(colour);
  switch (mark) {
    case 'capacity':
      doc.circle(x, y, RADIUS).fill(colour);
      return;
    case 'use':
      doc.rect(x - RADIUS, y - RADIUS, 2 * RADIUS, 2 * RADIUS).fill(colour);
      return;
    case 'neither':
      doc.circle(x, y, RADIUS).fillAndStroke('#ffffff', colour);
      return;
    case 'failed':
      doc.moveTo(x - RADIUS, y - RADIUS).lineTo(x + RADIUS, y + RADIUS);
      doc.moveTo(x - RADIUS, y + RADIUS).lineTo(x + RADIUS, y - RADIUS);
      doc.stroke();
  }
}
