// `status` for a person and for a script: who this device is and how it goes.
import type { Calibration } from '#shared/model/calibration.ts';
import type { Norm } from '#shared/model/norm.ts';
import type { EpochMs } from '#shared/model/units.ts';
import { calibrationText } from '../measure/calibration/calibration-text.ts';
import { STATUS_STALE_MS, type StatusFile } from './status-file.ts';
import { adviceOn, troubleText } from './trouble-advice.ts';

export interface StatusFacts {
  readonly identity:
    | {
        readonly deviceId: string;
        readonly locationId: string;
        readonly collector: string;
        readonly name: string;
      }
    | undefined;
  readonly file: StatusFile | undefined;
  /** Whether the process that wrote the file is there; absent where that cannot be told. */
  readonly isAlive?: boolean;
  readonly calibration: Calibration | undefined;
  readonly norm: Norm;
  readonly now: EpochMs;
}

export interface Status extends StatusFacts {
  /** `silent`: the agent ran, but its process is gone or has left no sign of life for too long. */
  readonly agent: 'not enrolled' | 'never ran' | 'running' | 'silent';
}

export function statusOf(facts: StatusFacts): Status {
  return { ...facts, agent: agentState(facts) };
}

function agentState({ identity, file, isAlive, now }: StatusFacts): Status['agent'] {
  if (identity === undefined) return 'not enrolled';
  if (file === undefined) return 'never ran';
  if (isAlive === false) return 'silent';
  return now - Date.parse(file.writtenAt) <= STATUS_STALE_MS ? 'running' : 'silent';
}

export function statusText(status: Status): string {
  const { identity, file, agent, calibration, norm } = status;
  if (identity === undefined) {
    return "This device is not enrolled. Ask the collector's operator for a code, then: meetnet-agent enroll --collector URL --code CODE\n";
  }
  const lines = [
    ['device', `${identity.name} (${identity.deviceId})`],
    ['location', identity.locationId],
    ['collector', identity.collector],
    [
      'agent',
      agent === 'silent'
        ? `silent since ${file?.writtenAt}; start it with: meetnet-agent run`
        : agent,
    ],
  ];
  if (file !== undefined) lines.push(...runningLines(file));
  lines.push([
    'calibration',
    calibration === undefined
      ? 'none yet; the agent makes one when it runs, or now: meetnet-agent calibrate'
      : `${calibrationText(calibration, norm)} (${calibration.at})`,
  ]);
  return lines.map(([name, value]) => `${`${name}:`.padEnd(14)}${value}\n`).join('');
}

function runningLines(file: StatusFile): string[][] {
  const { uplink, spool } = file;
  const trouble = uplink.lastError === undefined ? '' : `; last trouble: ${uplink.lastError}`;
  const disk =
    spool.diskTrouble === undefined
      ? ''
      : `; the disk takes none (${spool.diskTrouble}), ${spool.memoryRecords ?? 0} in memory alone`;
  const lost = spool.droppedRecords + spool.corruptRecords;
  const over = uplink.transport === 'https' ? ' over HTTPS: no WebSocket gets through' : '';
  const between = uplink.trouble;
  return [
    [
      'uplink',
      `${uplink.state}${over}${uplink.since === undefined ? '' : ` since ${uplink.since}`}${trouble}`,
    ],
    ...(between === undefined
      ? []
      : [['in between', `${troubleText(between)}; ${adviceOn(between)}`]]),
    [
      'last test',
      `${file.lastTestAt === undefined ? 'none yet' : `${file.lastTestAt}: ${file.lastResult}`}${file.testing === true ? '; one is under way' : ''}`,
    ],
    ['next tests', file.nextTests.length === 0 ? 'none planned' : file.nextTests.join(', ')],
    [
      'waiting',
      `${spool.records} result(s), ${spool.bytes} bytes${lost > 0 ? `; ${lost} lost for want of room or by damage` : ''}${disk}`,
    ],
    ...(file.budget === undefined ? [] : [['budget', budgetText(file.budget)]]),
    [
      'clock',
      file.clockOffsetMs === undefined
        ? 'not compared yet'
        : `${Math.round(file.clockOffsetMs)} ms from the collector's`,
    ],
  ];
}

function budgetText(budget: NonNullable<StatusFile['budget']>): string {
  const { dayBytes, dayLimitBytes, monthBytes, monthLimitBytes } = budget;
  const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1);
  return `${gigabytes(dayBytes)} of ${gigabytes(dayLimitBytes)} GB today, ${gigabytes(monthBytes)} of ${gigabytes(monthLimitBytes)} GB this month (UTC)`;
}
