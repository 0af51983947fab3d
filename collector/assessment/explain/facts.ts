// What a sentence may ask of a reason, already in the words and figures of one language.
import type { Reason } from '#shared/model/verdict.ts';
import { causeText } from './causes.ts';
import { FORMATS, type Formats, type Language } from './formats.ts';

const SPEEDS: Readonly<Record<Language, Readonly<Record<'download' | 'upload' | 'both', string>>>> =
  {
    nl: { download: 'downloadsnelheid', upload: 'uploadsnelheid', both: 'snelheid' },
    en: { download: 'download speed', upload: 'upload speed', both: 'speed' },
  };

export interface Facts {
  readonly format: Formats;
  /** `downloadsnelheid`. */
  readonly speed: string;
  readonly n: number;
  readonly observed: number;
  readonly required: number;
  /** Bounds of the interval. */
  readonly low: number;
  readonly high: number;
  /** A figure of the reason's detail; 0 when it is not there. */
  number(name: string): number;
  /** A text of the reason's detail; empty when it is not there. */
  text(name: string): string;
  has(name: string): boolean;
  /** What a flag or failure code means: completes "because …". */
  cause(code: string): string;
  /** The detail's figures under names that are causes, as they were given. */
  readonly detail: readonly (readonly [name: string, value: number])[];
}

export function factsOf(reason: Reason, language: Language): Facts {
  const detail = reason.detail ?? {};
  return {
    format: FORMATS[language],
    speed: SPEEDS[language][reason.direction ?? 'both'],
    n: reason.n ?? 0,
    observed: reason.observed ?? 0,
    required: reason.required ?? 0,
    low: reason.interval?.[0] ?? 0,
    high: reason.interval?.[1] ?? 1,
    number: (name) => Number(detail[name] ?? 0),
    text: (name) => String(detail[name] ?? ''),
    has: (name) => detail[name] !== undefined,
    cause: (code) => causeText(code === '' ? 'unknown_failure' : code)[language],
    detail: Object.entries(detail).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number',
    ),
  };
}
