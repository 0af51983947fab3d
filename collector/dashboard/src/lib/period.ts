// The stretch of time that a location's chart and table show, as its address says it. Pure.
export const PERIODS = ['day', 'week', 'month', 'year'] as const;
export type Period = (typeof PERIODS)[number];

/** 28 days is the window of a verdict. */
export const DAYS: Readonly<Record<Period, number>> = { day: 1, week: 7, month: 28, year: 365 };
export const DEFAULT_PERIOD: Period = 'month';

export function parsePeriod(search: string): Period {
  const text = new URLSearchParams(search).get('period');
  return PERIODS.find((period) => period === text) ?? DEFAULT_PERIOD;
}

export function formatPeriod(period: Period): string {
  return period === DEFAULT_PERIOD ? '' : `?period=${period}`;
}
