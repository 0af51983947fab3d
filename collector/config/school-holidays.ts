// The school holidays of the settings' file.
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { type FileReading, readDataFile } from '#shared/runtime/data-file.ts';
import {
  HOLIDAY_REGIONS,
  type HolidayData,
  NO_HOLIDAYS,
  type SchoolHolidays,
  schoolHolidays,
} from '../assessment/school-holidays.ts';
import { COLLECTOR_SETTINGS, type CollectorSettings } from './settings.ts';

/** The longest, in summer, has six weeks; a year that is mistyped is caught by it. */
const MOST_DAYS = 70;
const DAY_MS = 86_400_000;

const day = z.iso.date('must be a day such as 2026-10-10');
const holidaySchema = z
  .strictObject({ name: z.string().max(100).optional(), from: day, to: day })
  .refine(({ from, to }) => from <= to, { path: ['to'], error: 'is before from' })
  .refine(({ from, to }) => Date.parse(to) - Date.parse(from) < MOST_DAYS * DAY_MS, {
    ...{ path: ['to'], error: `is more than ${MOST_DAYS} days after from` },
  })
  .transform(({ from, to }) => ({ from, to }));
const region = z.array(holidaySchema).min(1);

const fileSchema: z.ZodType<HolidayData> = z.strictObject({
  noord: region,
  midden: region,
  zuid: region,
  everywhere: z.array(holidaySchema).default([]),
  municipalities: z.record(z.string(), z.enum(HOLIDAY_REGIONS)).default({}),
});

const FROM_DISK: FileReading = { read: (path) => readFile(path, 'utf8'), parse };

/** None where no file is named. Throws `bad_settings` listing every fault of the file. */
export async function readSchoolHolidays(
  { schoolHolidays: path }: Pick<CollectorSettings, 'schoolHolidays'>,
  reading = FROM_DISK,
): Promise<SchoolHolidays> {
  if (path === undefined) return NO_HOLIDAYS;
  const { env } = COLLECTOR_SETTINGS.schoolHolidays;
  return schoolHolidays(
    await readDataFile({ path, env, what: 'school holidays', schema: fileSchema }, reading),
  );
}
