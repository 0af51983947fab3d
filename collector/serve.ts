// The running collector: stores, measure server, front door, started in this order and stopped in
// reverse. Also what `npm start` runs, with hooks of its own.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Random } from '#shared/runtime/random.ts';
import { aborted, runGroup, type Service } from '#shared/runtime/service.ts';
import { createSetup } from './api/setup.ts';
import { type Bound, checkAddresses, meetpuntUrlOf, publicUrlOf } from './config/addresses.ts';
import { mailOf } from './config/mail.ts';
import { checkMeasureServers } from './config/measure-servers.ts';
import { readSchemes } from './config/schemes.ts';
import { readSchoolHolidays } from './config/school-holidays.ts';
import type { CollectorSettings } from './config/settings.ts';
import { EVIDENCE_KEY_FILE, openEvidenceKey } from './evidence-pack/key.ts';
import { frontDoor } from './front-door.ts';
import { certificateOf } from './meetpunt-command.ts';
import { lockDataDirectory, makeDataDirectory } from './process/data-directory.ts';
import { measureServerProcess } from './process/measure-server.ts';
import { openSlotKey } from './process/slot-key.ts';
import type { Registry } from './registry/registry.ts';
import { openRaw, openRegistry, openSeries } from './stores.ts';

export interface Ready {
  /** Where people reach the pages, and agents the uplink. */
  readonly url: string;
  /** Link with the one-time token for the first account; absent once there is one. */
  readonly setupUrl?: string;
  readonly meetpuntUrl: string;
  /** The collector's own, open until it stops. */
  readonly registry: Registry;
}

export interface ServeOptions {
  readonly settings: CollectorSettings;
  /** For the measure server's process. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly nodePath: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Fires to stop everything in order. */
  readonly signal: AbortSignal;
  /** A bearer token with which a script is an operator for as long as this runs. */
  readonly operatorToken?: string;
  /** Called once everything answers; rejecting stops everything. */
  readonly onReady: (ready: Ready) => void | Promise<void>;
  /** Started after `onReady`, stopped before all else; `npm start` runs its agent so. */
  readonly guests?: readonly Service[];
}

/** Data drains within it: the last acknowledgements, the stores' last writes. */
const STOP_DEADLINE_MS = 10_000;

/** Resolves when all has stopped after `signal`. Rejects with what kept it from running. */
export async function serve(options: ServeOptions): Promise<void> {
  const { settings, clock, random, log } = options;
  checkAddresses(settings);
  checkMeasureServers(settings.meetpuntSlots, settings.meetpunten);
  mailOf(settings);
  // Its words come at once, not after the start of a process that ends by them.
  await certificateOf(settings, clock);
  const schemes = await readSchemes(settings);
  const holidays = await readSchoolHolidays(settings);
  const directory = await makeDataDirectory(settings.data);
  using _lock = lockDataDirectory(directory);
  await using registry = await openRegistry({ settings, directory, clock, log });
  await using series = await openSeries({ settings, directory, clock, log });
  await using raw = await openRaw({ directory });
  const keyFile = join(directory, 'slot.key');
  const key = await openSlotKey(keyFile, random);
  const evidenceKey = await openEvidenceKey(join(directory, EVIDENCE_KEY_FILE));
  const setup = createSetup({ registry, random, newId: () => randomUUID() });
  const bound = { pages: none(), meetpunt: none() };
  // Without one beside it, the first of the others is the one to tell.
  const meetpuntUrl = () =>
    settings.meetpuntSlots > 0
      ? meetpuntUrlOf(settings, bound.meetpunt)
      : (settings.meetpunten?.[0]?.url ?? '');

  const measureServer = measureServerProcess({
    nodePath: options.nodePath,
    mainFile: join(import.meta.dirname, 'main.ts'),
    env: { ...options.env, ...childSettings(settings) },
    host: settings.meetpuntHost,
    port: settings.meetpuntPort,
    keyFile,
    clock,
    random,
    log,
    onListening: (at) => {
      bound.meetpunt = at;
    },
  });
  const door = frontDoor({
    ...{ settings, registry, series, raw, setup, key, meetpuntUrl, schemes, clock, random, log },
    ...{ evidenceKey, holidays },
    meetpuntBound: () => bound.meetpunt,
    ...(options.operatorToken === undefined ? {} : { operatorToken: options.operatorToken }),
    onListening: (at) => {
      bound.pages = at;
    },
  });
  const announcement = onceReady('announcement', async () => {
    const url = publicUrlOf(settings, bound.pages);
    const token = await setup.newToken();
    const setupUrl = token === undefined ? {} : { setupUrl: `${url}/setup?token=${token}` };
    log.info('ready', { url, meetpunt: meetpuntUrl() });
    await options.onReady({ url, ...setupUrl, meetpuntUrl: meetpuntUrl(), registry });
  });
  const beside = settings.meetpuntSlots > 0 ? [measureServer] : [];
  await runGroup([...beside, door, announcement, ...(options.guests ?? [])], {
    signal: options.signal,
    stopDeadlineMs: STOP_DEADLINE_MS,
    clock,
    log,
  });
}

/** Before anything listens. */
function none(): Bound {
  return { host: '127.0.0.1', port: 0 };
}

/** The child reads settings of its own; these were perhaps given another way than by environment. */
function childSettings(settings: CollectorSettings): Record<string, string> {
  return {
    MEETNET_LOG_LEVEL: settings.logLevel,
    MEETNET_LOG_FORMAT: settings.logFormat,
    MEETNET_MEETPUNT_SLOTS: String(settings.meetpuntSlots),
    ...given('MEETNET_MEETPUNT_URL', settings.meetpuntUrl),
    ...given('MEETNET_MEETPUNT_TLS_CERT', settings.meetpuntTlsCert),
    ...given('MEETNET_MEETPUNT_TLS_KEY', settings.meetpuntTlsKey),
    ...given('MEETNET_MEETPUNT_METRICS_PORT', settings.meetpuntMetricsPort),
    MEETNET_MEETPUNT_METRICS_HOST: settings.meetpuntMetricsHost,
  };
}

function given(name: string, value: string | number | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: String(value) };
}

/** Does its work once all before it are ready, then waits for the end. */
function onceReady(name: string, work: () => Promise<void>): Service {
  return {
    name,
    run: async (signal, ready) => {
      await work();
      ready();
      await aborted(signal);
    },
  };
}
