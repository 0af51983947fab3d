// What an agent that a launcher started needs to replace itself; nothing for any other.
import { statfs } from 'node:fs/promises';
import type { AgentSettings } from '../config/settings.ts';
import type { AgentEdge } from '../edge.ts';
import { openSlotFiles } from './slot-files.ts';
import type { UpdateWiring } from './update-service.ts';

export function updatesOf(
  { env, platform }: Pick<AgentEdge, 'env' | 'platform'>,
  { updateKey }: Pick<AgentSettings, 'updateKey'>,
  directory: string,
  restart: (why: string) => void,
): UpdateWiring | undefined {
  const { MEETNET_LAUNCHER: base, MEETNET_RELEASE: release } = env;
  if (updateKey === undefined || base === undefined) return undefined;
  return {
    ...{ publicKey: updateKey, base, release, platform, restart },
    files: openSlotFiles(directory),
    freeBytes: async () => {
      const { bavail, bsize } = await statfs(directory);
      return bavail * bsize;
    },
  };
}
