// Joins what the stores know of locations into what the API shows. Each store is asked once,
// however many locations there are; the joining itself is pure.
import type { Line } from '#shared/model/line.ts';
import type { Board, Location } from '#shared/model/location.ts';
import type { Overrule } from '#shared/model/overrule.ts';
import type { Verdict } from '#shared/model/verdict.ts';
import type { DeviceView, LineView, LocationView, MeasurementView } from '#shared/wire/api.ts';
import { activeOverrule } from '../assessment/overrule.ts';
import type { BoardScope, Device } from '../registry/registry.ts';
import type { StoredMeasurement } from '../series/series.ts';
import type { ApiDeps } from './deps.ts';
import { newestMeasurements } from './location-measurements.ts';

type ViewDeps = Pick<ApiDeps, 'registry' | 'series' | 'devices' | 'unjudged' | 'explain' | 'clock'>;

/** The rows are made as they are taken, so that nobody waits for 9,000 of them to be written. */
export async function locationRows(
  deps: ViewDeps,
  scope: BoardScope,
): Promise<Iterable<LocationView>> {
  const [boards, locations, verdicts, overrules, devices, latest] = await Promise.all([
    deps.registry.boards(scope),
    deps.registry.locations(scope),
    deps.registry.verdicts(),
    deps.registry.overrules(),
    deps.registry.devices(),
    deps.series.latest(),
  ]);
  const boardById = new Map(boards.map((board) => [board.id, board]));
  const overrulesByLocation = Map.groupBy(overrules, ({ locationId }) => locationId);
  const devicesByLocation = Map.groupBy(devices, ({ locationId }) => locationId);
  return Iterator.from(locations).map((location) =>
    locationView(deps, {
      location,
      board: boardById.get(location.boardId),
      verdict: withoutIds(verdicts.get(location.id)),
      overrules: overrulesByLocation.get(location.id) ?? [],
      devices: devicesByLocation.get(location.id) ?? [],
      latest: latest.get(location.id),
    }),
  );
}

/** The list is of what is, not of which tests and what else say so; see `locationListSchema`. */
function withoutIds(verdict: Verdict | undefined): Verdict | undefined {
  if (verdict === undefined) return undefined;
  const { basis: _, ...rest } = verdict;
  return { ...rest, evidence: { ...verdict.evidence, capacityIds: [], useIds: [] } };
}

export async function locationDetail(
  deps: ViewDeps,
  location: Location,
): Promise<{ location: LocationView; lines: LineView[]; devices: DeviceView[] }> {
  const [[board], verdict, overrules, lines, lineVerdicts, devices, latest] = await Promise.all([
    deps.registry.boards([location.boardId]),
    deps.registry.verdict(location.id),
    deps.registry.overrules(location.id),
    deps.registry.lines(location.id),
    deps.registry.lineVerdicts(location.id),
    deps.registry.devices(location.id),
    newestResult(deps, location.id),
  ]);
  return {
    location: locationView(deps, { location, board, verdict, overrules, devices, latest }),
    lines: lines.map((line) => lineView(deps, line, lineVerdicts.get(line.id))),
    devices: devices.map((device) => deviceView(device, deps.devices.isConnected(device.id))),
  };
}

/** Enough to pass over a run of failed tests without reading a location's whole history. */
const RECENT = 50;

/** The newest measurement with both directions; all locations' are asked only after `RECENT`. */
async function newestResult(
  deps: ViewDeps,
  locationId: string,
): Promise<StoredMeasurement | undefined> {
  const recent = await newestMeasurements(deps, { locationId, kind: 'throughput', limit: RECENT });
  const found = recent.find(({ measurement }) => measurement.failure === undefined);
  if (found !== undefined || recent.length < RECENT) return found;
  return (await deps.series.latest()).get(locationId);
}

interface LocationParts {
  readonly location: Location;
  readonly board: Board | undefined;
  readonly verdict: Verdict | undefined;
  readonly overrules: readonly Overrule[];
  readonly devices: readonly Device[];
  readonly latest: StoredMeasurement | undefined;
}

function locationView(deps: ViewDeps, parts: LocationParts): LocationView {
  const { location, board, verdict, overrules, devices, latest } = parts;
  const overrule = activeOverrule(overrules, deps.clock.now());
  const contacts = devices.map(({ lastContactAt }) => lastContactAt ?? 0);
  return {
    ...location,
    coordinates: location.coordinates ?? null,
    board: board ?? { id: location.boardId, name: location.boardId },
    latest: latest?.measurement ?? null,
    verdict: deps.explain(verdict ?? deps.unjudged(deps.clock.now())),
    ...(overrule === undefined ? {} : { overrule }),
    connected: devices.some(({ id }) => deps.devices.isConnected(id)),
    lastContactAt: isoOrNull(Math.max(0, ...contacts)),
  };
}

export function lineView(
  deps: Pick<ViewDeps, 'explain' | 'unjudged' | 'clock'>,
  line: Line,
  verdict: Verdict | undefined,
): LineView {
  const { locationId: _, createdAt, endedAt, ...rest } = line;
  return {
    ...rest,
    createdAt: new Date(createdAt).toISOString(),
    endedAt: isoOrNull(endedAt ?? 0),
    verdict: deps.explain(verdict ?? deps.unjudged(deps.clock.now())),
  };
}

function deviceView(device: Device, connected: boolean): DeviceView {
  return {
    id: device.id,
    lineId: device.lineId,
    name: device.name,
    position: device.position,
    enrolledAt: new Date(device.enrolledAt).toISOString(),
    connected,
    lastContactAt: isoOrNull(device.lastContactAt ?? 0),
    agentVersion: device.agentVersion,
    clockOffsetMs: device.clockOffsetMs,
    spool: device.spool,
  };
}

export function measurementView(stored: StoredMeasurement): MeasurementView {
  return {
    measurement: stored.measurement,
    receivedAt: new Date(stored.receivedAt).toISOString(),
  };
}

function isoOrNull(at: number): string | null {
  return at === 0 ? null : new Date(at).toISOString();
}
