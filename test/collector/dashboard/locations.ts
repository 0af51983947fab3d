// Locations as the API gives them, for tests of the list.
import type { Outcome } from '#shared/model/verdict.ts';
import type { LocationView } from '#shared/wire/api.ts';
import { measurementAt } from '#test/support/measurements.ts';

const DEVICE = '0b7c5a4e-6c1c-4c39-9a55-0d4a4e1f7a10';
const AT = '2026-03-02T08:00:00.000Z';

export function locationView(
  id: string,
  change: Partial<Omit<LocationView, 'verdict'>> & { outcome?: Outcome } = {},
): LocationView {
  const { outcome = 'meets', ...rest } = change;
  const evidence = { tests: 0, capacityIds: [], useIds: [], excluded: {} };
  return {
    id,
    boardId: '41234',
    name: `School ${id}`,
    board: { id: '41234', name: 'Stichting De Peel' },
    coordinates: null,
    latest: null,
    verdict: {
      outcome,
      maatwerk: outcome === 'below',
      text: { nl: 'zin', en: 'sentence' },
      reasons: [],
      evidence: { from: AT, to: AT, ...evidence },
      normVersion: '500/40-2026.2',
      judgedAt: AT,
    },
    connected: false,
    lastContactAt: null,
    ...rest,
  };
}

/** With a last test of this download figure, Mbit/s. */
export function measuredAt(id: string, download: number): LocationView {
  const latest = measurementAt(DEVICE, Date.parse(AT));
  const result = latest.download;
  if (result === undefined) throw new Error('a complete measurement has a download');
  return locationView(id, {
    latest: { ...latest, download: { ...result, ipCapacity: download } },
  });
}
