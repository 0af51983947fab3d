// Measurements for tests: complete, valid, and different where a test wants them to be.
import { randomBytes } from 'node:crypto';
import type { AvailabilityReport } from '#shared/model/availability.ts';
import type { DirectionResult, Measurement } from '#shared/model/measurement.ts';

/** A UUIDv7 (RFC 9562 §5.7) of the given time. */
export function uuidAt(epochMs: number): string {
  const hex = epochMs.toString(16).padStart(12, '0') + randomBytes(10).toString('hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** No two tests move the same bytes; a device that says so is not believed. */
let made = 0;

export function directionResult(
  ipCapacity: number,
  change: Partial<DirectionResult> = {},
): DirectionResult {
  return {
    goodput: (ipCapacity * 1448) / 1500,
    ipCapacity,
    interval: [ipCapacity * 0.99, ipCapacity * 1.01],
    bytes: Math.round(ipCapacity * 300_000) + (made++ % 1000),
    outcome: ipCapacity >= 490 || (ipCapacity < 100 && ipCapacity >= 39.2) ? 'pass' : 'fail',
    durationMs: 2400,
    warmUpMs: 800,
    streams: 4,
    stoppedBy: 'pass',
    ...change,
  };
}

export function measurementAt(
  deviceId: string,
  epochMs: number,
  change: Partial<Measurement> = {},
): Measurement {
  return {
    id: uuidAt(epochMs),
    deviceId,
    kind: 'throughput',
    protocol: 'meetpunt/1',
    startedAt: new Date(epochMs).toISOString(),
    durationMs: 6000,
    download: directionResult(528),
    upload: directionResult(42.3),
    conditions: {
      position: 'off_path',
      mode: 'check',
      agentVersion: '0.1.0',
      nodeVersion: 'v24.21.0',
      server: 'http://127.0.0.1:8081',
    },
    flags: [],
    ...change,
  };
}

/** A stretch of time in which the line was up, or was as `report` says. */
export function availabilityRecord(
  deviceId: string,
  epochMs: number,
  durationMs: number,
  report: Partial<AvailabilityReport> = {},
  change: Partial<Measurement> = {},
): Measurement {
  const { download: _down, upload: _up, ...rest } = measurementAt(deviceId, epochMs);
  const { mode: _mode, ...conditions } = rest.conditions;
  return {
    ...rest,
    kind: 'availability',
    protocol: 'availability/1',
    durationMs,
    availability: { state: 'up', ended: 'changed', looks: 3, ...report },
    conditions,
    ...change,
  };
}
