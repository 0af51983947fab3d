// Which days are without lessons at a location: the holidays of its region. Pure. The dates are the
// operator's (config/school-holidays.ts); a province's region is the ministry's, but for the
// municipalities that he names.
import type { Location } from '#shared/model/location.ts';
import { type Calendar, createCalendar, type Holiday } from './calendar.ts';

export const HOLIDAY_REGIONS = ['noord', 'midden', 'zuid'] as const;
export type HolidayRegion = (typeof HOLIDAY_REGIONS)[number];

export type Place = Pick<Location, 'province' | 'municipality'>;

export interface HolidayData extends Readonly<Record<HolidayRegion, readonly Holiday[]>> {
  /** In every region. */
  readonly everywhere: readonly Holiday[];
  /** Those that go with another region than their province does; names in any case. */
  readonly municipalities: Readonly<Record<string, HolidayRegion>>;
}

export interface SchoolHolidays {
  /** The same list each time for the same region. */
  at(place: Place): readonly Holiday[];
}

export const NO_HOLIDAYS: SchoolHolidays = { at: () => NONE };
const NONE: readonly Holiday[] = [];

/** Where a province is divided, the greater part. */
const PROVINCES: Readonly<Record<string, HolidayRegion>> = {
  groningen: 'noord',
  fryslân: 'noord',
  friesland: 'noord',
  drenthe: 'noord',
  overijssel: 'noord',
  flevoland: 'noord',
  'noord-holland': 'noord',
  utrecht: 'midden',
  'zuid-holland': 'midden',
  gelderland: 'midden',
  zeeland: 'zuid',
  'noord-brabant': 'zuid',
  limburg: 'zuid',
};

export function schoolHolidays(data: HolidayData): SchoolHolidays {
  const municipalities = new Map(
    Object.entries(data.municipalities).map(([name, region]) => [keyOf(name), region]),
  );
  const of = (...regions: readonly HolidayRegion[]) => {
    const all = [...regions.flatMap((region) => data[region]), ...data.everywhere];
    return [...new Map(all.map((each) => [`${each.from} ${each.to}`, each])).values()];
  };
  const lists = { noord: of('noord'), midden: of('midden'), zuid: of('zuid') };
  // Of a place in an unknown region: a school that may be empty shows nothing of its use.
  const anyRegion = of(...HOLIDAY_REGIONS);
  return {
    at: ({ province = '', municipality = '' }) => {
      const region = municipalities.get(keyOf(municipality)) ?? PROVINCES[keyOf(province)];
      return region === undefined ? anyRegion : lists[region];
    },
  };
}

/** Calendars of places, each made once: they remember what they looked up. */
export function placeCalendars(
  holidays: SchoolHolidays,
): (timeZone: string, place: Place) => Calendar {
  const made = new Map<readonly Holiday[], Calendar>();
  return (timeZone, place) => {
    const own = holidays.at(place);
    const known = made.get(own);
    if (known?.timeZone === timeZone) return known;
    const calendar = createCalendar(timeZone, own);
    made.set(own, calendar);
    return calendar;
  };
}

function keyOf(name: string): string {
  return name.trim().toLowerCase();
}
