// Availability as a table to export: one row a month of a line, or one row an outage. Times in UTC,
// durations in whole seconds, shares as fractions of 1. Pure.
import type { AvailabilityView } from '#shared/wire/api.ts';
import type { Cell, ColumnKind, FlatSheet } from '../planning/export/sheet.ts';

export function monthsSheet({ locationId, lines }: AvailabilityView): FlatSheet {
  return sheet(
    'months',
    [
      ...['location', 'line', 'month', 'from', 'to', 'availability', 'strict_availability'],
      ...['observed_s', 'line_down_s', 'outages', 'unreachable_s', 'local_down_s'],
      ...['device_off_s', 'silent_s', 'maintenance_s', 'collector_down_s'],
    ],
    lines.flatMap(({ name, months }) =>
      months.map((month) => [
        ...[locationId, name, month.month, month.from, month.to, month.share, month.strictShare],
        ...[seconds(month.observedMs), seconds(month.lineDownMs), month.outages],
        ...[month.unreachableMs, month.localDownMs, month.offMs, month.silentMs].map(seconds),
        ...[month.maintenanceMs, month.collectorDownMs].map(seconds),
      ]),
    ),
  );
}

export function outagesSheet({ locationId, lines }: AvailabilityView): FlatSheet {
  return sheet(
    'outages',
    [
      ...['location', 'line', 'kind', 'from', 'to', 'duration_s', 'counted'],
      ...['start_uncertainty_s', 'end_uncertainty_s'],
    ],
    lines.flatMap(({ name, outages }) =>
      outages.map(({ kind, from, to, durationMs, counted, ...outage }) => [
        ...[locationId, name, kind, from, to, seconds(durationMs), counted ? 'yes' : 'no'],
        ...[outage.startUncertaintyMs, outage.endUncertaintyMs].map(seconds),
      ]),
    ),
  );
}

function seconds(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms / 1000);
}

function sheet(
  name: string,
  headers: readonly string[],
  rows: readonly (readonly Cell[])[],
): FlatSheet {
  return { name, headers, rows, kinds: headers.map((): ColumnKind => 'text') };
}
