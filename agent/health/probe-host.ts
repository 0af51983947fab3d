// Gathers what `doctor` looks at. Nothing is changed.
import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { dirname } from 'node:path';
import type { Clock } from '#shared/runtime/clock.ts';
import { messageOf } from '#shared/runtime/errors.ts';
import { identityPath, loadIdentity } from '../identity/identity.ts';
import { isCurrent, loadCalibration } from '../measure/calibration/calibration-file.ts';
import { findPort } from '../measure/environment/port.ts';
import type { Outbound } from '../network/outbound.ts';
import type { Environment } from '../network/proxy.ts';
import { AGENT_VERSION } from '../version.ts';
import type { HostFacts } from './checks.ts';
import { probeCollector } from './probe-collector.ts';
import { readStatusFile } from './status-file.ts';

export interface ProbeOptions {
  /** The agent's own directory. */
  readonly directory: string;
  readonly collector: string | undefined;
  readonly nodeVersion: string;
  readonly outbound: Outbound;
  /** Names the proxies. */
  readonly env: Environment;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const OTHERS_MAY = 0o077;
const OWNER_WRITES = 0o200;
/** For the default route's port: an address that documentation has for itself (RFC 5737). */
const ANYWHERE = 'http://192.0.2.1';

export async function probeHost(options: ProbeOptions): Promise<HostFacts> {
  const [data, identity, status, collector, port, found] = await Promise.all([
    probeData(options.directory),
    probeIdentity(options.directory),
    // The spool itself is locked by the agent that runs.
    readStatusFile(options.directory),
    options.collector === undefined ? undefined : probeCollector(options.collector, options),
    findPort(options.collector ?? ANYWHERE, options.clock, options.signal),
    loadCalibration(options.directory),
  ]);
  const versions = { agentVersion: AGENT_VERSION, nodeVersion: options.nodeVersion };
  return {
    nodeVersion: options.nodeVersion,
    data,
    identity,
    spool: status?.spool,
    collector,
    port,
    calibration: found && { found, isCurrent: isCurrent(found, versions) },
    cores: availableParallelism(),
    memoryBytes: totalmem(),
  };
}

async function probeData(path: string): Promise<HostFacts['data']> {
  const existing = await nearestExisting(path);
  try {
    await access(existing, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = await statfs(existing);
    return { path, freeBytes: bavail * bsize };
  } catch (error) {
    // An agent has been here, whose user may write what this one may not.
    const isOfAnother = isRefused(error) && existing === path && (await isWritableByOwner(path));
    if (isOfAnother) return { path, isOfAnother };
    return { path, trouble: messageOf(error) };
  }
}

async function isWritableByOwner(path: string): Promise<boolean> {
  return ((await stat(path)).mode & OWNER_WRITES) !== 0;
}

function isRefused(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EACCES';
}

/** Before enrolment the directory is not there yet; where it will be made is what counts. */
async function nearestExisting(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    const isThere = await stat(at).then(
      () => true,
      () => false,
    );
    if (isThere || dirname(at) === at) return at;
  }
}

async function probeIdentity(directory: string): Promise<HostFacts['identity']> {
  const path = identityPath(directory);
  try {
    const { mode } = await stat(path);
    if ((mode & OTHERS_MAY) !== 0) return { state: 'open to others' };
    await access(path, constants.R_OK);
    await loadIdentity(directory);
    return { state: 'good' };
  } catch (error) {
    if (isRefused(error)) return { state: "another user's" };
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { state: 'absent' };
    return { state: 'unreadable', trouble: messageOf(error) };
  }
}
