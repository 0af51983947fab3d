// One mark of the chart, in a table or a legend.
import type { PointKind } from '../lib/chart-data.ts';
import { FLAG_FRAME, MARKS } from '../lib/mark-shapes.ts';

interface MarkProps {
  readonly kind?: PointKind;
  readonly isFlagged?: boolean;
}

export function Mark({ kind, isFlagged = false }: MarkProps) {
  const mark = kind === undefined ? undefined : MARKS[kind];
  return (
    <svg
      className="mark"
      data-kind={kind}
      viewBox="-9 -9 18 18"
      width="18"
      height="18"
      aria-hidden="true"
    >
      {mark !== undefined && (
        <path
          d={mark.path}
          fill={mark.isFilled ? 'currentColor' : 'none'}
          stroke="currentColor"
          strokeWidth="1.8"
        />
      )}
      {isFlagged && <path className="mark__flag" d={FLAG_FRAME} fill="none" strokeWidth="1.5" />}
    </svg>
  );
}
