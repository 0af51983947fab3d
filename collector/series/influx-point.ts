// How a measurement looks in InfluxDB: which parts are tags, which fields, and at what time.
// Pure. Site, agent and kind are tags; ids, addresses and figures are fields, because each value
// of a tag makes a series of its own.
import { FieldType, type IPoint, type ISchemaOptions } from 'influx';
import type { DirectionResult } from '#shared/model/measurement.ts';
import type { EpochMs } from '#shared/model/units.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { documentOf } from './document.ts';
import type { StoredMeasurement } from './series.ts';

/** InfluxDB's own word; one for all kinds, since `kind` is a tag. */
export const POINT_NAME = 'test';
export const NANOSECONDS_PER_MS = 1_000_000;

/** Where on the time line a point lies: unique in the store. */
export interface PointTime {
  readonly startedAt: EpochMs;
  /** Nanoseconds within that millisecond. */
  readonly subNs: number;
}

/** A new one each time: the client keeps it and writes to it. */
export function pointSchema(database: string): ISchemaOptions {
  return {
    database,
    measurement: POINT_NAME,
    tags: ['site', 'agent', 'kind'],
    fields: {
      id: FieldType.STRING,
      document: FieldType.STRING,
      received_at_ms: FieldType.INTEGER,
      /** 1 on every throughput measurement without failure, absent else; what `last()` looks for. */
      complete: FieldType.INTEGER,
      failure: FieldType.STRING,
      flags: FieldType.STRING,
      protocol: FieldType.STRING,
      server: FieldType.STRING,
      duration_ms: FieldType.FLOAT,
      idle_rtt_p50_ms: FieldType.FLOAT,
      loss_share: FieldType.FLOAT,
      /** Of an availability measurement. */
      state: FieldType.STRING,
      ...directionFields('download'),
      ...directionFields('upload'),
    },
  };
}

/**
 * The part below the millisecond is made from the id, so that two tests of the same millisecond
 * are two points, and a resend of one of them is the same point.
 */
export function subMillisecondOf(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(-12), 16) % NANOSECONDS_PER_MS;
}

export function nanosecondsOf(time: PointTime): string {
  return String(BigInt(time.startedAt) * BigInt(NANOSECONDS_PER_MS) + BigInt(time.subNs));
}

/** The inverse of `nanosecondsOf`. */
export function timeOf(nanoseconds: string): PointTime {
  const all = BigInt(nanoseconds);
  const perMs = BigInt(NANOSECONDS_PER_MS);
  const subNs = ((all % perMs) + perMs) % perMs;
  return { startedAt: Number((all - subNs) / perMs), subNs: Number(subNs) };
}

/** Throws `bad_request` for what InfluxDB cannot hold. */
export function pointOf(record: StoredMeasurement, time: PointTime): IPoint {
  const { measurement: m } = record;
  return {
    measurement: POINT_NAME,
    timestamp: nanosecondsOf(time),
    tags: {
      site: tag('location', record.locationId),
      agent: tag('device', m.deviceId),
      kind: tag('kind', m.kind),
    },
    fields: {
      id: m.id,
      document: documentOf(m),
      received_at_ms: record.receivedAt,
      complete: m.failure === undefined && m.kind === 'throughput' ? 1 : undefined,
      failure: m.failure?.code,
      flags: m.flags.join(' '),
      protocol: plain(m.protocol),
      server: plain(m.conditions.server),
      duration_ms: m.durationMs,
      idle_rtt_p50_ms: m.latency?.probes?.roundTrip?.p50Ms ?? m.conditions.idleLatency?.p50Ms,
      loss_share: m.latency?.probes?.loss?.share,
      state: m.availability?.state,
      ...directionValues('download', m.download),
      ...directionValues('upload', m.upload),
    },
  };
}

/** The line protocol has no escape for these (they end the point or swallow the next character). */
function tag(what: string, value: string): string {
  if (/^[^\p{Cc}\\]{1,200}$/u.test(value)) return value;
  throw new AppError(
    'bad_request',
    `${what} ${JSON.stringify(value)} cannot be a tag in InfluxDB: 1 to 200 characters, no backslash, no control characters`,
  );
}

/** For fields that are there to be read in charts; the truth is in `document`. */
function plain(value: string): string {
  return value.replaceAll(/[\p{Cc}\\'"]/gu, ' ');
}

function directionFields(direction: 'download' | 'upload'): ISchemaOptions['fields'] {
  return {
    [`${direction}_ip_mbps`]: FieldType.FLOAT,
    [`${direction}_goodput_mbps`]: FieldType.FLOAT,
    [`${direction}_low_mbps`]: FieldType.FLOAT,
    [`${direction}_high_mbps`]: FieldType.FLOAT,
    [`${direction}_bytes`]: FieldType.INTEGER,
    [`${direction}_outcome`]: FieldType.STRING,
  };
}

function directionValues(
  direction: 'download' | 'upload',
  result: DirectionResult | undefined,
): Record<string, number | string> {
  if (result === undefined) return {};
  return {
    [`${direction}_ip_mbps`]: result.ipCapacity,
    [`${direction}_goodput_mbps`]: result.goodput,
    [`${direction}_low_mbps`]: result.interval[0],
    [`${direction}_high_mbps`]: result.interval[1],
    [`${direction}_bytes`]: result.bytes,
    [`${direction}_outcome`]: result.outcome,
  };
}
