// What `doctor` thinks of a machine: pure, from facts that probe-host.ts gathered.
import { type Calibration, tooSlowFor } from '#shared/model/calibration.ts';
import type { Norm } from '#shared/model/norm.ts';
import type { SpoolStats } from '#shared/wire/uplink.ts';
import { calibrationText } from '../measure/calibration/calibration-text.ts';
import type { Port } from '../measure/environment/port.ts';
import type { CollectorFacts } from './probe-collector.ts';
import { adviceOn, troubleText } from './trouble-advice.ts';

export interface HostFacts {
  readonly nodeVersion: string;
  readonly data: {
    readonly path: string;
    readonly trouble?: string;
    readonly freeBytes?: number;
    /** Another user's, who asks may not write it. */
    readonly isOfAnother?: true;
  };
  readonly identity: {
    readonly state: 'absent' | 'good' | 'open to others' | "another user's" | 'unreadable';
    readonly trouble?: string;
  };
  readonly collector: CollectorFacts | undefined;
  /** As the running agent last told; undefined where none ever ran. */
  readonly spool: SpoolStats | undefined;
  readonly port: Port | undefined;
  /** The last one, and whether it is of this agent on this Node. */
  readonly calibration: { readonly found: Calibration; readonly isCurrent: boolean } | undefined;
  readonly cores: number;
  readonly memoryBytes: number;
}

export interface Check {
  readonly name: string;
  readonly result: 'ok' | 'warn' | 'fail';
  readonly found: string;
  /** What to do; absent when all is well. */
  readonly advice?: string;
}

/** Of the bundle; a checkout brings its own. */
const NODE_MAJOR = 20;
const FREE_BYTES = { fail: 20_000_000, warn: 200_000_000 };
const MEMORY_BYTES = 200_000_000;
/** About five days of tests: the collector has been out of reach for that long. */
const MANY_WAITING = 20;
const CLOCK_MS = { warn: 1_000, fail: 86_400_000 };
/** As in environment/decide-flags.ts: what a port carries at the IP layer. */
const PORT_EFFICIENCY = 0.94;

export function checkHost(facts: HostFacts, norm: Norm): Check[] {
  return [
    nodeCheck(facts),
    dataCheck(facts),
    identityCheck(facts),
    ...collectorChecks(facts),
    ...spoolChecks(facts),
    portCheck(facts, norm),
    processorCheck(facts),
    calibrationCheck(facts, norm),
  ];
}

function nodeCheck({ nodeVersion }: HostFacts): Check {
  const isNew = Number(nodeVersion.replace(/^v/, '').split('.')[0]) >= NODE_MAJOR;
  return check('Node', isNew ? 'ok' : 'fail', nodeVersion, `install Node ${NODE_MAJOR} or newer`);
}

/** The agent runs as a user of its own; anyone else sees only a part. */
const AS_THAT_USER = "ask as root or as the agent's own user to have it looked into";

function dataCheck({ data }: HostFacts): Check {
  if (data.isOfAnother)
    return check('data directory', 'warn', `${data.path} is another user's`, AS_THAT_USER);
  if (data.trouble !== undefined) {
    return check(
      'data directory',
      'fail',
      `${data.path}: ${data.trouble}`,
      'make it writable by this user, or set MEETNET_DATA',
    );
  }
  const free = data.freeBytes ?? Number.POSITIVE_INFINITY;
  const result = free < FREE_BYTES.fail ? 'fail' : free < FREE_BYTES.warn ? 'warn' : 'ok';
  return check(
    'data directory',
    result,
    `${data.path}, ${Math.round(free / 1e6)} MB free`,
    'free some space: results wait here when the line is down',
  );
}

function identityCheck({ identity }: HostFacts): Check {
  switch (identity.state) {
    case 'good':
      return { name: 'identity', result: 'ok', found: 'enrolled' };
    case 'absent':
      return check(
        'identity',
        'warn',
        'not enrolled',
        'enrol it: meetnet-agent enroll --collector URL --code CODE',
      );
    case 'open to others':
      return check(
        'identity',
        'warn',
        "the key's file can be read by others",
        'chmod 600 the file identity.json in the data directory',
      );
    case "another user's":
      return check('identity', 'warn', "another user's, not to be read by this one", AS_THAT_USER);
    case 'unreadable':
      return check(
        'identity',
        'fail',
        identity.trouble ?? 'unreadable',
        'restore identity.json, or enrol again with --force and a new code',
      );
  }
}

function collectorChecks({ collector }: HostFacts): Check[] {
  if (collector === undefined) {
    return [check('collector', 'warn', 'no address known', 'enrol, or set MEETNET_COLLECTOR')];
  }
  const { url, proxy, trouble, websocketTrouble } = collector;
  const way = proxy === undefined ? url : `${url} through proxy ${proxy}`;
  if (trouble !== undefined) {
    const found = `${way}: ${troubleText(trouble)}: ${trouble.message}`;
    return [check('collector', 'fail', found, adviceOn(trouble))];
  }
  const uplink = check(
    'uplink',
    websocketTrouble === undefined ? 'ok' : 'warn',
    websocketTrouble === undefined ? 'WebSocket gets through' : websocketTrouble,
    'nothing, where a filter lets no WebSocket through: the agent uses plain HTTPS requests then',
  );
  return [check('collector', 'ok', way, ''), uplink, ...clockChecks(collector)];
}

function clockChecks({ clockOffsetMs }: CollectorFacts): Check[] {
  if (clockOffsetMs === undefined) return [];
  const off = Math.abs(clockOffsetMs);
  const result = off >= CLOCK_MS.fail ? 'fail' : off >= CLOCK_MS.warn ? 'warn' : 'ok';
  const found = `${Math.round(clockOffsetMs / 1000)} s from the collector's`;
  return [check('clock', result, found, 'let this device keep its time by NTP')];
}

function spoolChecks({ spool }: HostFacts): Check[] {
  if (spool === undefined) return [];
  const name = 'waiting results';
  const { records, droppedRecords, corruptRecords } = spool;
  if (spool.diskTrouble !== undefined) {
    return [
      check(
        name,
        'fail',
        `the disk takes none (${spool.diskTrouble}); ${spool.memoryRecords ?? 0} in memory alone`,
        'make room on the disk and see that it is writable, before this device is switched off',
      ),
    ];
  }
  const found = `${records} waiting, ${droppedRecords} dropped, ${corruptRecords} unreadable`;
  if (corruptRecords > 0) {
    return [check(name, 'warn', found, 'replace the disk or card, or give it steadier power')];
  }
  if (droppedRecords > 0) {
    const advice = 'see that the collector is reached, or raise MEETNET_SPOOL_BYTES';
    return [check(name, 'warn', found, advice)];
  }
  const result = records >= MANY_WAITING ? 'warn' : 'ok';
  return [check(name, result, found, 'see that the collector is reached: meetnet-agent status')];
}

function portCheck({ port }: HostFacts, norm: Norm): Check {
  const name = 'network port';
  if (port === undefined)
    return check(name, 'warn', 'could not be told', 'nothing, if the figures look right');
  if (port.wireless)
    return check(
      name,
      'fail',
      `${port.name} is wireless`,
      'connect this device by cable: over Wi-Fi it can never show that a line falls short',
    );
  if (port.duplex === 'half')
    return check(
      name,
      'fail',
      `${port.name} is half duplex`,
      'check the cable and the switch port',
    );
  if (port.speedMbps === undefined) return check(name, 'ok', `${port.name}, speed unknown`, '');
  const isFast = port.speedMbps * PORT_EFFICIENCY >= Math.max(norm.download, norm.upload);
  return check(
    name,
    isFast ? 'ok' : 'fail',
    `${port.name}, ${port.speedMbps} Mbit/s`,
    `use a port, cable and switch of at least 1000 Mbit/s: this one cannot carry ${norm.download}`,
  );
}

function processorCheck({ cores, memoryBytes }: HostFacts): Check {
  const isSmall = cores < 2 || memoryBytes < MEMORY_BYTES;
  return check(
    'processor',
    isSmall ? 'warn' : 'ok',
    `${cores} core(s), ${Math.round(memoryBytes / 1e6)} MB`,
    'watch for the flag cpu_limited: this device may be too slow to show that a line falls short',
  );
}

function calibrationCheck({ calibration }: HostFacts, norm: Norm): Check {
  const name = 'calibration';
  const again = 'meetnet-agent calibrate';
  if (calibration === undefined) return check(name, 'warn', 'none yet', `make one: ${again}`);
  const { found, isCurrent } = calibration;
  const text = calibrationText(found, norm);
  if (tooSlowFor(found, norm).length > 0) {
    const advice = `use a faster device, or see what else it is busy with and calibrate again: ${again}`;
    return check(name, 'fail', text, advice);
  }
  return check(
    name,
    isCurrent ? 'ok' : 'warn',
    isCurrent ? text : `${text}; by agent ${found.agentVersion} on Node ${found.nodeVersion}`,
    `make one of this version: ${again}`,
  );
}

function check(name: string, result: Check['result'], found: string, advice: string): Check {
  return result === 'ok' ? { name, result, found } : { name, result, found, advice };
}

export function checksText(checks: readonly Check[]): string {
  const mark = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' } as const;
  return checks
    .map(
      ({ name, result, found, advice }) =>
        `${mark[result]}  ${name}: ${found}${advice === undefined ? '' : `\n      → ${advice}`}\n`,
    )
    .join('');
}
