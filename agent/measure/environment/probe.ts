// The environment of a test on a real host.

import type { Position } from '#shared/model/location.ts';
import type { EnvironmentFindings, EnvironmentProbe } from '../environment-probe.ts';
import type { Known } from '../measurer.ts';
import { crossTrafficOf } from './cross-traffic.ts';
import { decideFlags } from './decide-flags.ts';
import { foreignShare } from './foreign-share.ts';
import { LoadWatch, type LoadWatchOptions } from './load-watch.ts';
import { findPort, type Port, readPortBytes } from './port.ts';
import { type QuietWait, waitForQuietLine } from './quiet-line.ts';

export interface EnvironmentOptions extends LoadWatchOptions {
  /** Off path, what passes the port says nothing of the line's other users. */
  readonly position: Position;
}

export function createEnvironmentProbe(options: EnvironmentOptions): EnvironmentProbe {
  return {
    start: async (server, signal, known = {}) => {
      const port = await findPort(server, options.clock, signal);
      const watch = new LoadWatch(options, port?.name);
      let wait: QuietWait = { state: 'unknown' };
      return {
        waitForQuiet: async (stop) => {
          if (options.position === 'in_path' && port !== undefined) {
            const read = () => readPortBytes(options.files, port.name);
            wait = await waitForQuietLine(read, options.clock, stop);
          }
          return wait.state;
        },
        loadStarted: (direction) => watch.started(direction),
        loadSampled: (direction, ownBytes) => watch.sampled(direction, ownBytes),
        loadEnded: (direction) => watch.ended(direction),
        finish: async (measured, norm, idle) => {
          watch.stop();
          const traffic = crossTrafficOf({
            ...{ wait, idle, usual: known.usualRoundTrip },
            foreignShare:
              options.position === 'in_path'
                ? foreignShare(watch.loads(), measured, idle.ipVersion)
                : undefined,
          });
          const conditions = { ...conditionsOf(port, watch, known), ...traffic };
          return { conditions, flags: decideFlags(conditions, measured, norm) };
        },
      };
    },
  };
}

function conditionsOf(
  port: Port | undefined,
  watch: LoadWatch,
  { calibration }: Known,
): EnvironmentFindings['conditions'] {
  const cpu = watch.cpu();
  return {
    ...(port === undefined ? {} : { nic: port }),
    ...(cpu === undefined ? {} : { cpu }),
    ...(calibration === undefined ? {} : { calibration }),
  };
}
