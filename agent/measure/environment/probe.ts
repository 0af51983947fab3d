// The environment of a test on a real host.

import type { Position } from '#shared/model/location.ts';
import type { EnvironmentFindings, EnvironmentProbe } from '../environment-probe.ts';
import type { Known } from '../measurer.ts';
import { decideFlags } from './decide-flags.ts';
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
        loadEnded: (direction, ownBytes) => watch.ended(direction, ownBytes),
        finish: async (measured, norm) => {
          watch.stop();
          const conditions = conditionsOf(port, watch, wait, options.position, known);
          return { conditions, flags: decideFlags(conditions, measured, norm) };
        },
      };
    },
  };
}

function conditionsOf(
  port: Port | undefined,
  watch: LoadWatch,
  wait: QuietWait,
  position: Position,
  { calibration }: Known,
): EnvironmentFindings['conditions'] {
  const cpu = watch.cpu();
  const foreign = position === 'in_path' ? watch.foreignShare() : undefined;
  return {
    ...(port === undefined ? {} : { nic: port }),
    ...(cpu === undefined ? {} : { cpu }),
    ...(calibration === undefined ? {} : { calibration }),
    ...(wait.bytesPerS === undefined || foreign === undefined
      ? {}
      : { crossTraffic: { beforeBytesPerS: wait.bytesPerS, duringShare: foreign } }),
  };
}
