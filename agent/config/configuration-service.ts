// Takes what the collector configures: kept on disk before it is used, applied while the agent runs,
// and given up for the one before when it cuts the agent off. The decisions are trial.ts's.
import type { Configuration } from '#shared/model/configuration.ts';
import type { Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { aborted, type Service } from '#shared/runtime/service.ts';
import type { AgentFrame, Instruction } from '#shared/wire/uplink.ts';
import type { Uplink } from '../uplink/uplink-service.ts';
import {
  type ConfigurationState,
  collectorUnder,
  current,
  type Installed,
  knownThere,
  offered,
  proved,
  refused,
  rolledBack,
  started,
} from './trial.ts';

export interface RemoteConfigurationOptions {
  readonly installed: Installed;
  /** As it was kept. */
  readonly state: ConfigurationState;
  /** Durable when it resolves. */
  readonly save: (state: ConfigurationState) => Promise<void>;
  readonly uplink: () => Pick<Uplink, 'say' | 'reconnect'>;
  /** Another configuration is in use now. */
  readonly onChanged: () => void;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface RemoteConfiguration {
  readonly service: Service;
  /** Base URL under what is in use. */
  collector(): string;
  configuration(): Configuration;
  /** As the collector of now numbered it. */
  version(): number | undefined;
  take(instruction: Extract<Instruction, { type: 'configuration' }>): void;
  /** The collector has welcomed the agent. */
  welcomed(): void;
}

type ConfigurationResult = Omit<Extract<AgentFrame, { type: 'configuration_result' }>, 'type'>;

/** Some nine attempts of the uplink; a router that restarts is back by then. */
export const TRIAL_MS: Ms = 600_000;
/** Until what the disk did not take is tried again. */
const AGAIN_MS: Ms = 60_000;

export function createRemoteConfiguration(
  options: RemoteConfigurationOptions,
): RemoteConfiguration {
  const { installed, clock, log, onChanged } = options;
  let state = started(options.state);
  /** One change after the other: each begins where the one before it ended. */
  let changing = Promise.resolve();
  let running: AbortSignal | undefined;
  /** Ends the wait of the trial before. */
  let waiting = new AbortController();

  const change = (work: () => Promise<void>) => {
    changing = changing
      .then(work)
      .catch((error: unknown) => log.error('a configuration was not dealt with', { error }));
  };
  /** Resolves with the reason when it could not. */
  const save = (kept: ConfigurationState): Promise<string | undefined> =>
    options.save(kept).then(
      () => undefined,
      (error: unknown) => {
        log.warn('the configuration could not be kept', { error: messageOf(error) });
        return messageOf(error);
      },
    );
  const tell = () => {
    const { good, refused: not } = knownThere(state, installed);
    const say = (result: ConfigurationResult) =>
      options.uplink().say({ type: 'configuration_result', ...result });
    if (state.trial === undefined && good !== undefined) {
      say({ version: good.version, outcome: 'applied' });
    }
    if (not !== undefined) {
      const { version, outcome, reason } = not;
      say({ version, outcome, reason });
    }
  };
  const later = (ms: Ms, work: () => void) => {
    waiting.abort();
    if (running === undefined) return;
    waiting = new AbortController();
    clock.sleep(ms, AbortSignal.any([running, waiting.signal])).then(work, () => {});
  };
  const isStill = ({ configuration }: NonNullable<ConfigurationState['trial']>) =>
    state.trial?.configuration === configuration;
  const takeBack = async (trial: ConfigurationState['trial']) => {
    if (trial === undefined || !isStill(trial)) return;
    const reason = `no welcome of the collector in ${TRIAL_MS / 60_000} minutes under it`;
    log.warn('a configuration is taken back', { version: trial.version, reason });
    state = rolledBack(state, reason);
    onChanged();
    options.uplink().reconnect('back to the configuration of before');
    // If this fails, it is tried again at the next start, and taken back again.
    await save(state);
  };
  const watch = () => {
    const { trial } = state;
    if (trial !== undefined) later(TRIAL_MS, () => change(() => takeBack(trial)));
    else waiting.abort();
  };
  const prove = async (trial: ConfigurationState['trial']) => {
    if (trial !== undefined && isStill(trial)) {
      waiting.abort();
      const next = proved(state);
      if ((await save(next)) !== undefined) {
        // On the disk it is on trial, and used; it counts as applied when that is written, too.
        later(AGAIN_MS, () => change(() => prove(trial)));
        return;
      }
      state = next;
    }
    tell();
  };
  const takeOne = async (version: number, raw: unknown) => {
    const before = state;
    const next = offered(before, version, raw, installed);
    if (next === before) return tell();
    const isNew = current(next)?.configuration !== current(before)?.configuration;
    const reason = next.refused === before.refused ? undefined : next.refused?.reason;
    log.info('a configuration of the collector', { version, refused: reason });
    const failure = await save(next);
    if (!isNew) {
      state = next;
      return tell();
    }
    if (failure !== undefined) {
      const { offer } = current(next) ?? {};
      const why = `it cannot be kept on this device's disk (${failure}); see to the disk and give it again`;
      state = refused(before, { version, offer }, 'rolled_back', why);
      return tell();
    }
    state = next;
    onChanged();
    watch();
    if (state.trial !== undefined) options.uplink().reconnect('a new configuration');
    else tell();
  };
  return {
    service: {
      name: 'configuration',
      run: async (signal, ready) => {
        running = signal;
        ready();
        // The count of starts is on disk before anything can go wrong with it.
        if (state !== options.state) {
          change(async () => {
            await save(state);
          });
        }
        await changing;
        watch();
        await aborted(signal);
        running = undefined;
        await changing;
      },
    },
    collector: () => collectorUnder(state, installed),
    configuration: () => current(state)?.configuration ?? {},
    version: () => {
      const { trial, good } = knownThere(state, installed);
      return state.trial === undefined ? good?.version : trial?.version;
    },
    take: ({ version, configuration }) => change(() => takeOne(version, configuration)),
    welcomed: () => {
      // Under the one of now, whatever is taken before its turn comes.
      const { trial } = state;
      change(() => prove(trial));
    },
  };
}
