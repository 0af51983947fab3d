// What operators ask of agents over their standing sessions: a configuration, a test now. Owns who was
// asked for a test and how it goes, in memory; a configuration waits in the store for its device.
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { AskedTest } from '#shared/wire/agent-care.ts';
import type { AgentFrame, CollectorFrame } from '#shared/wire/uplink.ts';
import type { LiveEvents } from '../live.ts';
import type { Device } from '../registry/registry.ts';
import type { ConfigurationStore } from './configuration-store.ts';

/** As the API calls it. */
export interface AgentCare {
  /** Tells the devices that are connected; the others hear it when they are. */
  configurationAdded(deviceId?: string): Promise<void>;
  /** Throws `conflict` when the device is not connected. */
  measureNow(deviceId: string): AskedTest;
  /** The last test that was asked of the device, as it goes; undefined after a restart. */
  askedTest(deviceId: string): AskedTest | undefined;
}

export interface StandingSession {
  readonly device: Device;
  /** Of the configuration that the agent runs by. */
  readonly configurationVersion?: number | undefined;
  readonly agentVersion: string;
  /** It can check and start releases of the agent. */
  readonly takesReleases: boolean;
  readonly tell: (frame: CollectorFrame) => void;
}

export interface RemoteCareOptions {
  readonly configurations: ConfigurationStore;
  readonly standing: (deviceId: string) => StandingSession | undefined;
  readonly allStanding: () => Iterable<StandingSession>;
  readonly events: LiveEvents;
  readonly clock: Pick<Clock, 'now'>;
  readonly newRequestId: () => string;
  readonly log: Logger;
}

export type Report = Extract<AgentFrame, { type: 'configuration_result' | 'measure_progress' }>;

export interface RemoteCare extends AgentCare {
  /** A standing session is open, and has been welcomed. */
  opened(session: StandingSession): Promise<void>;
  reported(device: Device, report: Report): Promise<void>;
}

export function createRemoteCare(options: RemoteCareOptions): RemoteCare {
  const { configurations, standing, allStanding, events, clock, newRequestId, log } = options;
  const asked = new Map<string, AskedTest>();

  const offer = async ({ device, configurationVersion, tell }: StandingSession) => {
    try {
      const wanted = await configurations.forDevice(device.id);
      if (wanted === undefined) return;
      const { version, configuration, answer } = wanted;
      if (version === configurationVersion) {
        if (answer?.outcome === 'applied') return;
        await configurations.answered(device.id, version, { outcome: 'applied' });
      } else if (answer === undefined || answer.outcome === 'applied') {
        tell({ type: 'configuration', version, configuration });
      }
    } catch (error) {
      // The device runs on by what it has, and is told at its next session.
      log.warn('a configuration was not sent', { deviceId: device.id, error: messageOf(error) });
    }
  };
  return {
    opened: offer,
    configurationAdded: async (deviceId) => {
      const one = deviceId === undefined ? undefined : standing(deviceId);
      const sessions = deviceId === undefined ? [...allStanding()] : one === undefined ? [] : [one];
      // Each was told its version at its hello; what came since differs from it.
      for (const session of sessions) await offer({ ...session, configurationVersion: undefined });
    },
    measureNow: (deviceId) => {
      const session = standing(deviceId);
      if (session === undefined) {
        throw new AppError('conflict', 'the device is not connected; it tests by its timetable');
      }
      const requestId = newRequestId();
      const askedAt = new Date(clock.now()).toISOString();
      const test: AskedTest = { requestId, askedAt, progress: null };
      asked.set(deviceId, test);
      session.tell({ type: 'measure_now', requestId });
      return test;
    },
    askedTest: (deviceId) => asked.get(deviceId),
    reported: async (device, report) => {
      if (report.type === 'measure_progress') {
        const test = asked.get(device.id);
        if (test?.requestId !== report.requestId) return;
        asked.set(device.id, { ...test, progress: report.progress });
        events.changed(device.locationId);
        return;
      }
      const { version, outcome, reason } = report;
      const level = outcome === 'applied' ? 'debug' : 'warn';
      log[level]('a device answers to its configuration', {
        ...{ deviceId: device.id, version, outcome, reason },
      });
      await configurations.answered(device.id, version, { outcome, reason });
    },
  };
}
