// Availability as comma-separated text (RFC 4180): one row a month, or one row an outage. Times in
// UTC, durations in whole seconds, shares as fractions of 1. Pure.
import type { AvailabilityView } from '#shared/wire/api.ts';

type Cell = string | number | boolean | null | undefined;

export function monthsCsv({ locationId, months }: AvailabilityView): string {
  return csv(
    [
      ...['location', 'month', 'from', 'to', 'availability', 'strict_availability'],
      ...['observed_s', 'line_down_s', 'outages', 'unreachable_s', 'local_down_s'],
      ...['device_off_s', 'silent_s', 'maintenance_s', 'collector_down_s'],
    ],
    months.map((month) => [
      ...[locationId, month.month, month.from, month.to, month.share, month.strictShare],
      ...[seconds(month.observedMs), seconds(month.lineDownMs), month.outages],
      ...[month.unreachableMs, month.localDownMs, month.offMs, month.silentMs].map(seconds),
      ...[month.maintenanceMs, month.collectorDownMs].map(seconds),
    ]),
  );
}

export function outagesCsv({ locationId, outages }: AvailabilityView): string {
  return csv(
    [
      ...['location', 'kind', 'from', 'to', 'duration_s', 'counted'],
      ...['start_uncertainty_s', 'end_uncertainty_s'],
    ],
    outages.map(({ kind, from, to, durationMs, counted, ...outage }) => [
      ...[locationId, kind, from, to, seconds(durationMs), counted],
      ...[outage.startUncertaintyMs, outage.endUncertaintyMs].map(seconds),
    ]),
  );
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms / 1000);
}

function csv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [header, ...rows].map((cells) => `${cells.map(cellText).join(',')}\r\n`).join('');
}

function cellText(cell: Cell): string {
  const text = String(cell ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
