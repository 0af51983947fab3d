// The benchmarks of the byte paths work; what they measure is for people to read.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT } from '#test/support/process.ts';

const run = promisify(execFile);

test.each(['send', 'receive'])(
  'the benchmark of %s prints both sides and their ratio',
  async (what) => {
    const { stdout } = await run(
      process.execPath,
      ['test/bench/throughput/bytes.ts', what, '1', '0.5'],
      { cwd: ROOT },
    );
    for (const side of ['bare net sockets', 'Meetnet']) {
      const [, gbps, cpu] =
        new RegExp(`\\| ${side} \\| ([\\d.]+) \\| ([\\d.]+) \\|`).exec(stdout) ?? [];
      expect(Number(gbps), stdout).toBeGreaterThan(0.1);
      expect(Number(cpu), stdout).toBeGreaterThan(0);
    }
    expect(stdout).toMatch(/ratio of CPU per GB: \d+\.\d\d/);
  },
);

test('another benchmark than these is refused by name', async () => {
  await expect(
    run(process.execPath, ['test/bench/throughput/bytes.ts', 'fly'], { cwd: ROOT }),
  ).rejects.toThrow(/send and for receive, not for fly/);
});
