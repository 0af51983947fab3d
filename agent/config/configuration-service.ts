// Takes what the collector configures: kept on disk before it is used, applied while the agent runs,
// and given up for the one before when it cuts the agent off. The decisions are trial.ts's.
import type { Configuration } from '#shared/model/configuration.ts';
import type { Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { aborted, type Service } from '#shared/runtime/service.ts';
import type { Instruction } from '#shared/wire/uplink.ts';
import type { Uplink } from '../uplink/uplink-service.ts';
import {
  type ConfigurationState,
  collectorUnder,
  current,
  type Installed,
  offered,
  proved,
  rolledBack,
  started,
} from './trial.ts';

export interface RemoteConfigurationOptions {
  readonly installed: Installed;
  /** As it was kept. */
  readonly state: ConfigurationState;
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
  version(): number | undefined;
  take(instruction: Extract<Instruction, { type: 'configuration' }>): void;
  /** The collector has welcomed the agent. */
  welcomed(): void;
}

/** Some nine attempts of the uplink; a router that restarts is back by then. */
export const TRIAL_MS: Ms = 600_000;

export function createRemoteConfiguration(
  options: RemoteConfigurationOptions,
): RemoteConfiguration {
  const { installed, clock, log, onChanged } = options;
  let state = started(options.state);
  let saving = Promise.resolve();
  let running: AbortSignal | undefined;
  /** Ends the wait of the trial before. */
  let waiting = new AbortController();

  const keep = () => {
    const kept = state;
    saving = saving
      .then(() => options.save(kept))
      .catch((error: unknown) =>
        log.warn('the configuration could not be kept', { error: messageOf(error) }),
      );
    return saving;
  };
  const tell = () => {
    const applied = state.trial === undefined ? state.good?.version : undefined;
    if (applied !== undefined) {
      options.uplink().say({ type: 'configuration_result', version: applied, outcome: 'applied' });
    }
    if (state.refused !== undefined) {
      options.uplink().say({ type: 'configuration_result', ...state.refused });
    }
  };
  const watch = () => {
    waiting.abort();
    const { trial } = state;
    if (trial === undefined || running === undefined) return;
    waiting = new AbortController();
    clock.sleep(TRIAL_MS, AbortSignal.any([running, waiting.signal])).then(
      () => {
        const reason = `no welcome of the collector in ${TRIAL_MS / 60_000} minutes under it`;
        log.warn('a configuration is taken back', { version: trial.version, reason });
        state = rolledBack(state, reason);
        void keep();
        onChanged();
        options.uplink().reconnect('back to the configuration of before');
      },
      () => {},
    );
  };
  return {
    service: {
      name: 'configuration',
      run: async (signal, ready) => {
        running = signal;
        ready();
        // The count of starts is on disk before anything can go wrong with it.
        if (state !== options.state) await keep();
        watch();
        await aborted(signal);
        running = undefined;
        await saving;
      },
    },
    collector: () => collectorUnder(state, installed),
    configuration: () => current(state)?.configuration ?? {},
    version: () => current(state)?.version,
    take: ({ version, configuration }) => {
      const before = state;
      state = offered(before, version, configuration, installed);
      if (state === before) return tell();
      const isOnTrial = state.trial !== undefined && state.trial !== before.trial;
      log.info('a configuration of the collector', {
        version,
        refused: state.refused?.version === version ? state.refused.reason : undefined,
      });
      void keep().then(() => {
        if (isOnTrial) options.uplink().reconnect('a new configuration');
      });
      if (current(state)?.version === version) onChanged();
      if (isOnTrial) watch();
      else tell();
    },
    welcomed: () => {
      if (state.trial !== undefined) {
        state = proved(state);
        waiting.abort();
        void keep();
      }
      tell();
    },
  };
}
