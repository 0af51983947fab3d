// One direction of one test against the norm: its mark and figure, and a bar on which the tick is
// what a reading must reach. The bar repeats the figure, so screen readers pass it by.
import type { DirectionResult } from '#shared/model/measurement.ts';
import type { Norm } from '#shared/model/norm.ts';
import { requiredMbps } from '#shared/model/required.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Mark } from './mark.tsx';

/** The bar's full width, in multiples of the required value. */
const FULL = 1.25;

interface CapacityMeterProps {
  readonly result: DirectionResult | undefined;
  readonly norm: Norm;
  readonly direction: 'download' | 'upload';
  /** The test carries a quality flag. */
  readonly isFlagged: boolean;
}

export function CapacityMeter({ result, norm, direction, isFlagged }: CapacityMeterProps) {
  const { texts, formats } = useLanguage();
  if (result === undefined) return <span className="subtle">–</span>;
  const required = requiredMbps(norm, direction);
  const share = Math.min(1, result.ipCapacity / (required * FULL));
  return (
    <div
      className="capacity-meter"
      data-outcome={result.outcome}
      title={`${texts.outcomes[result.outcome]}. ${texts.capacity.required(formats.norm(required))}`}
    >
      <CapacityFigure result={result} isFlagged={isFlagged} />
      <span className="capacity-meter__bar" aria-hidden="true">
        <span className="capacity-meter__fill" style={{ inlineSize: `${share * 100}%` }} />
        <span
          className="capacity-meter__tick"
          style={{ insetInlineStart: `${(1 / FULL) * 100}%` }}
        />
      </span>
    </div>
  );
}

interface CapacityFigureProps {
  readonly result: DirectionResult;
  readonly isFlagged: boolean;
}

/** The figure with its outcome as a mark and, for those who hear it, a word. */
export function CapacityFigure({ result, isFlagged }: CapacityFigureProps) {
  const { texts, formats } = useLanguage();
  const value = formats.mbps(result.ipCapacity);
  return (
    <span className="capacity-figure" data-outcome={result.outcome}>
      <Mark kind={result.outcome} isFlagged={isFlagged} />
      {result.atLeast === true ? (
        <span>
          <span aria-hidden="true">≥ {value}</span>
          <span className="visually-hidden">{texts.capacity.atLeast(value)}</span>
        </span>
      ) : (
        value
      )}
      <span className="visually-hidden">, {texts.outcomes[result.outcome]}</span>
    </span>
  );
}
