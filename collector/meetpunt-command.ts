// The measure server alone, as a process: by hand, as a service on a machine of its own, or as the
// collector's child.
import type { Ms } from '#shared/model/units.ts';
import { type Clock, systemClock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { aborted } from '#shared/runtime/service.ts';
import { originOf } from './config/addresses.ts';
import type { CollectorSettings } from './config/settings.ts';
import type { CollectorEdge } from './edge.ts';
import { openAdmission, slotAdmission } from './meetpunt/admission.ts';
import {
  type Certificate,
  type CertificateFiles,
  readCertificate,
  watchCertificate,
} from './meetpunt/certificate.ts';
import { openMeetpunt } from './meetpunt/meetpunt.ts';
import type { Metrics } from './meetpunt/metrics.ts';
import { openStampReflector, type StampReflector } from './meetpunt/stamp-reflector.ts';

import type { ChildMessage } from './process/measure-server.ts';
import { readSlotKey } from './process/slot-key.ts';

export interface MeetpuntCommand {
  readonly host: string;
  readonly port: number;
  readonly slots: number;
  readonly keyFile?: string;
  readonly admission: 'open' | 'slots';
  /** Bytes of one network in a day; absent: no guests. */
  readonly guestBytes?: number;
  /** Origin that agents know it by, where that is known. */
  readonly origin?: string;
  readonly tls?: { readonly files: CertificateFiles; readonly first: Certificate };
  readonly metrics?: { readonly host: string; readonly port: number };
}

/** For running tests to end at a stop: both directions of one that has just begun, nearly always. */
const DRAIN_MS: Ms = 20_000;

/** Until the edge's signal, or as a child until its parent's. Throws `bad_usage`, `data_directory`, `address_in_use`. */
export async function runMeetpunt(
  edge: CollectorEdge,
  log: Logger,
  command: MeetpuntCommand,
): Promise<void> {
  const clock = systemClock;
  let reflector: StampReflector | undefined;
  const { tls } = command;
  const told: { metrics?: Metrics } = {};
  await using meetpunt = await openMeetpunt({
    stampPort: () => reflector?.port,
    host: command.host,
    port: command.port,
    clock,
    log,
    admission: await admissionOf(command, log),
    // A lab may try what a full server does; a collector's slots are the limit otherwise.
    ...(command.admission === 'slots' ? { maxTests: command.slots } : {}),
    ...(command.guestBytes === undefined ? {} : { guests: { dayBytes: command.guestBytes } }),
    ...(tls === undefined ? {} : { certificate: tls.first }),
    onEnded: (test) => told.metrics?.ended(test),
  });
  const { port } = meetpunt;
  // The same number as the tests' own port, so that a firewall needs one rule.
  await using stamp = await openStampReflector({ host: command.host, port, clock });
  reflector = stamp;
  await using metrics = await metricsOf(command, log, meetpunt.stats);
  if (metrics !== undefined) told.metrics = metrics;
  const stopWatching =
    tls === undefined
      ? () => {}
      : watchCertificate(tls.files, tls.first, { clock, log, onNew: meetpunt.renew });
  const scheme = tls === undefined ? 'http' : 'https';
  edge.stdout(`Meetpunt: ${originOf(scheme, command.host, port)}\n`);
  if (metrics !== undefined) edge.stdout(`Metrics: ${metrics.url}\n`);
  const message: ChildMessage = { type: 'listening', host: command.host, port };
  edge.tellParent(message);
  // Ctrl-C and service managers signal the whole group; a child waits for its parent's word, so
  // that running tests outlive the front door and no restart is begun at a stop.
  await aborted(edge.parentGone ?? edge.signal);
  stopWatching();
  // A child ends with its parent, whose stop is not to wait 20 s: the agents test again.
  if (edge.parentGone === undefined) await drain(meetpunt, log);
}

async function drain(
  meetpunt: Pick<Awaited<ReturnType<typeof openMeetpunt>>, 'drain' | 'stats'>,
  log: Logger,
): Promise<void> {
  const { running } = meetpunt.stats();
  if (running === 0) return;
  log.info('stopping: no new tests; those that run may end', { running, atMostMs: DRAIN_MS });
  await meetpunt.drain(DRAIN_MS);
}

/** Loaded only where it is asked for: the measure server is to be a light process. */
async function metricsOf(
  { metrics }: MeetpuntCommand,
  log: Logger,
  stats: Awaited<ReturnType<typeof openMeetpunt>>['stats'],
): Promise<Metrics | undefined> {
  if (metrics === undefined) return undefined;
  const { openMetrics } = await import('./meetpunt/metrics.ts');
  return openMetrics({ ...metrics, stats, log });
}

/** Throws `bad_settings` for one file without the other, and for files that do not fit. */
export async function certificateOf(
  settings: CollectorSettings,
  clock: Pick<Clock, 'now'>,
): Promise<MeetpuntCommand['tls']> {
  const { meetpuntTlsCert: cert, meetpuntTlsKey: key } = settings;
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    const missing = cert === undefined ? 'MEETNET_MEETPUNT_TLS_CERT' : 'MEETNET_MEETPUNT_TLS_KEY';
    throw new AppError('bad_settings', `${missing} is not set: TLS needs certificate and key`);
  }
  const files = { cert, key };
  return { files, first: await readCertificate(files, clock) };
}

async function admissionOf(command: MeetpuntCommand, log: Logger) {
  const { keyFile, origin } = command;
  if (keyFile !== undefined) {
    return slotAdmission({
      key: await readSlotKey(keyFile),
      clock: systemClock,
      ...(origin === undefined ? {} : { origin }),
    });
  }
  if (command.admission === 'slots') {
    throw new AppError(
      'bad_usage',
      'a measure server admits who has a slot: give --key-file with the slot.key of the collector, or --open to let anyone measure (labs only)',
    );
  }
  log.warn('THIS MEASURE SERVER IS OPEN TO ANYONE who reaches it, without a slot; for labs only');
  return openAdmission();
}
