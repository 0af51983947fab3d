// The schemes that this collector knows: the worked example and those of the operator's own file.
import { z } from 'zod';
import { type SubsidyScheme, subsidySchemeSchema } from '#shared/model/subsidy.ts';
import { readDataFile } from '#shared/runtime/data-file.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { TOEKOMSTVAST_INTERNET } from './toekomstvast-internet.ts';

const fileSchema = z.strictObject({ schemes: z.array(subsidySchemeSchema).min(1) });

export interface SchemeSettings {
  /** YAML (or JSON) with `schemes:`, a list; undefined: the worked example alone. */
  readonly subsidySchemes: string | undefined;
  /** Which reading of a scheme to use, where the scheme has it. */
  readonly subsidyReading: string;
}

export interface Schemes {
  readonly all: readonly SubsidyScheme[];
  /** The setting's reading where the scheme has it; else its first. */
  readingOf(scheme: SubsidyScheme): string;
}

/** Throws `bad_settings` listing every fault of the file. */
export async function loadSchemes(
  { subsidySchemes: path, subsidyReading }: SchemeSettings,
  read: (path: string) => Promise<string>,
  parse: (text: string) => unknown,
): Promise<Schemes> {
  const file = {
    env: 'MEETNET_SUBSIDY_SCHEMES',
    what: 'subsidy schemes',
    schema: fileSchema,
  } as const;
  const own =
    path === undefined ? [] : (await readDataFile({ path, ...file }, { read, parse })).schemes;
  const ids = new Set(own.map(({ id }) => id));
  if (ids.size < own.length) {
    throw new AppError('bad_settings', `${path}: two schemes have the same id; rename one of them`);
  }
  // A file may mend the example by its own id.
  const all = [...own, ...[TOEKOMSTVAST_INTERNET].filter(({ id }) => !ids.has(id))];
  const readings = new Set(all.flatMap((scheme) => scheme.readings.map(({ id }) => id)));
  if (!readings.has(subsidyReading)) {
    throw new AppError(
      'bad_settings',
      `MEETNET_SUBSIDY_READING: no scheme has the reading ${subsidyReading}; they have ${[...readings].join(', ')}`,
    );
  }
  return { all, readingOf: (scheme) => readingIn(scheme, subsidyReading) };
}

/** The scheme that takes applications on that day; of several the one that opened last. */
export function schemeOn(
  schemes: readonly SubsidyScheme[],
  day: string,
): SubsidyScheme | undefined {
  return schemes
    .filter(({ opens, closes }) => opens <= day && day <= closes)
    .reduce<SubsidyScheme | undefined>(
      (best, each) => (best === undefined || each.opens > best.opens ? each : best),
      undefined,
    );
}

/** The one open on that day, or else the one that closed last before it, or opens first after. */
export function nearestScheme(
  schemes: readonly SubsidyScheme[],
  day: string,
): SubsidyScheme | undefined {
  const past = schemes.filter(({ closes }) => closes < day);
  const byClosing = past.toSorted((a, b) => a.closes.localeCompare(b.closes));
  const byOpening = schemes.toSorted((a, b) => a.opens.localeCompare(b.opens));
  return schemeOn(schemes, day) ?? byClosing.at(-1) ?? byOpening[0];
}

function readingIn({ readings }: SubsidyScheme, wanted: string): string {
  return (readings.find(({ id }) => id === wanted) ?? readings[0])?.id ?? wanted;
}
