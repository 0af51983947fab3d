// Whether the agent that left a file behind still runs; for anyone, without a right to signal it.
import type { HostFiles } from '../measure/environment/host-files.ts';

/** Undefined where a user does not see others' processes (`hidepid`). */
export function isAlive(files: HostFiles, pid: number): boolean | undefined {
  if (files.read(`/proc/${pid}/stat`) !== undefined) return true;
  return files.read('/proc/1/stat') === undefined ? undefined : false;
}
