// A control group of the lab's own, so that what runs in it can be counted and held back, with
// version 1 or 2 of the kernel's interface.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';

export interface CpuGroup extends AsyncDisposable {
  /** The command that runs `command` in the group. */
  wrap(command: string, args: readonly string[]): readonly [string, readonly string[]];
  /** CPU time that its processes have had, seconds. */
  cpuSeconds(): Promise<number>;
  /** Holds all of it to this share of one core. */
  limit(coreShare: number): Promise<void>;
}

const PERIOD_US = 100_000;
const V1_CPU = '/sys/fs/cgroup/cpu';
const V1_ACCOUNT = '/sys/fs/cgroup/cpuacct';
const V2 = '/sys/fs/cgroup';

export async function openCpuGroup(): Promise<CpuGroup> {
  const name = `meetnet-lab-${randomBytes(4).toString('hex')}`;
  const isV1 = existsSync(V1_CPU);
  const folders = isV1 ? [`${V1_CPU}/${name}`, `${V1_ACCOUNT}/${name}`] : [`${V2}/${name}`];
  const [cpu = '', account = cpu] = folders;
  if (!isV1) await writeFile(`${V2}/cgroup.subtree_control`, '+cpu').catch(() => {});
  for (const folder of new Set(folders)) await mkdir(folder, { recursive: true });
  const files = [...new Set(folders)].map((folder) => `${folder}/cgroup.procs`);
  return {
    wrap: (command, args) => [
      'sh',
      [
        '-c',
        `${files.map((file) => `echo $$ > ${file}`).join('; ')}; exec "$0" "$@"`,
        command,
        ...args,
      ],
    ],
    cpuSeconds: async () => {
      if (isV1) return Number(await readFile(`${account}/cpuacct.usage`, 'utf8')) / 1e9;
      const stat = await readFile(`${cpu}/cpu.stat`, 'utf8');
      return Number(/usage_usec (\d+)/.exec(stat)?.[1] ?? Number.NaN) / 1e6;
    },
    limit: async (coreShare) => {
      const quota = Math.round(coreShare * PERIOD_US);
      if (!isV1) return writeFile(`${cpu}/cpu.max`, `${quota} ${PERIOD_US}`);
      await writeFile(`${cpu}/cpu.cfs_period_us`, String(PERIOD_US));
      await writeFile(`${cpu}/cpu.cfs_quota_us`, String(quota));
    },
    [Symbol.asyncDispose]: async () => {
      for (const folder of new Set(folders)) await rmdir(folder).catch(() => {});
    },
  };
}
