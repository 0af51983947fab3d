// One chart on a canvas: uPlot does the axes, the time and the pointer; the points are drawn by
// chart-drawing.ts. Keeps one uPlot for as long as it is shown and hands it new data.
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { TIME_ZONE } from '../i18n/formats.ts';
import { useLanguage } from '../i18n/language.tsx';
import { type ChartPoint, chartCeiling } from '../lib/chart-data.ts';
import { type ChartColors, drawPoints, drawRequired, readColors } from '../lib/chart-drawing.ts';

const HEIGHT_PX = 220;

interface CapacityChartProps {
  readonly points: readonly ChartPoint[];
  /** Mbit/s that a reading must reach. */
  readonly required: number;
  readonly requiredLabel: string;
  /** Says in words what the picture shows. */
  readonly label: string;
  /** Epoch seconds. */
  readonly from: number;
  readonly to: number;
  /** The position of the point under the pointer. */
  readonly onPoint: (position: number | null) => void;
}

export function CapacityChart(props: CapacityChartProps) {
  const { formats } = useLanguage();
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  // What the drawing reads at each redraw; uPlot is made once per language.
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const target = box.current;
    if (target === null) return;
    const made = createPlot(target, () => latest.current, formats.locale);
    plot.current = made;
    const resize = new ResizeObserver(() =>
      made.setSize({ width: target.clientWidth, height: HEIGHT_PX }),
    );
    resize.observe(target);
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    const repaint = () => made.redraw(false, true);
    dark.addEventListener('change', repaint);
    return () => {
      dark.removeEventListener('change', repaint);
      resize.disconnect();
      made.destroy();
    };
  }, [formats.locale]);

  const { points, required, from, to } = props;
  useEffect(() => {
    plot.current?.batch((u: uPlot) => {
      u.setData(dataOf(points), false);
      u.setScale('x', { min: from, max: to });
      u.setScale('y', { min: 0, max: chartCeiling(points, required) });
    });
  }, [points, required, from, to]);

  return <div className="chart__canvas" ref={box} role="img" aria-label={props.label} />;
}

function createPlot(target: HTMLElement, read: () => CapacityChartProps, locale: string): uPlot {
  const colors = (): ChartColors => readColors(target);
  const { points, required, from, to } = read();
  const axis = {
    stroke: () => colors().text,
    font: `12px ${getComputedStyle(target).fontFamily}`,
    ticks: { stroke: () => colors().grid, width: 1 },
    grid: { stroke: () => colors().grid, width: 1 },
  };
  const figure = new Intl.NumberFormat(locale);
  const options: uPlot.Options = {
    width: target.clientWidth,
    height: HEIGHT_PX,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), TIME_ZONE),
    legend: { show: false },
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: false, y: false },
      sync: { key: 'capacity', setSeries: false },
    },
    scales: {
      x: { time: true, auto: false, min: from, max: to },
      y: { auto: false, min: 0, max: chartCeiling(points, required) },
    },
    series: [{}, { paths: () => null, points: { show: false } }],
    axes: [
      {
        ...axis,
        space: 70,
        size: 34,
        values: (_u, splits, _axis, _space, step) => times(splits, step, locale),
      },
      { ...axis, size: 56, values: (_u, splits) => splits.map((value) => figure.format(value)) },
    ],
    hooks: {
      draw: [
        (u) => {
          drawRequired(u, read().required, read().requiredLabel, colors());
          drawPoints(u, read().points, colors());
        },
      ],
      setCursor: [(u) => read().onPoint(u.cursor.idx ?? null)],
    },
  };
  return new uPlot(options, dataOf(points), target);
}

function dataOf(points: readonly ChartPoint[]): uPlot.AlignedData {
  return [points.map(({ at }) => at), points.map(({ value }) => value)];
}

/** Days as dates, anything finer as the time of day; `step` in seconds. */
function times(splits: readonly number[], step: number, locale: string): string[] {
  const day = new Intl.DateTimeFormat(locale, {
    timeZone: TIME_ZONE,
    day: 'numeric',
    month: 'short',
  });
  const hour = new Intl.DateTimeFormat(locale, {
    timeZone: TIME_ZONE,
    hour: '2-digit',
    minute: '2-digit',
  });
  const isFine = step < 86_400;
  return splits.map((seconds) => {
    const date = new Date(seconds * 1000);
    const time = hour.format(date);
    return isFine && time !== '00:00' ? time : day.format(date);
  });
}
