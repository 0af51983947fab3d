// The benchmarks of the byte paths work; what they measure is for people to read.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT } from '#test/support/process.ts';

const run = promisify(execFile);
const BENCH = 'test/bench/meetpunt/bytes.ts';

test.each([
  ['send', 1],
  ['receive', 2],
])('the benchmark of %s prints both sides and their ratio', async (subject, tables) => {
  const { stdout } = await run(process.execPath, [BENCH, subject, '1', '0.5'], { cwd: ROOT });
  for (const side of ['bare net sockets', 'Meetnet']) {
    const rows = [
      ...stdout.matchAll(new RegExp(`\\| ${side} \\| ([\\d.]+) \\| ([\\d.]+) \\|`, 'g')),
    ];
    expect(rows, stdout).toHaveLength(tables);
    for (const [, gbps, cpu] of rows) {
      expect(Number(gbps)).toBeGreaterThan(0.1);
      expect(Number(cpu)).toBeGreaterThan(0);
    }
  }
  expect(stdout.match(/ratio of CPU per GB \d+\.\d\d/g)).toHaveLength(tables);
});

test('another benchmark than these is refused by name', async () => {
  await expect(run(process.execPath, [BENCH, 'fly'], { cwd: ROOT })).rejects.toThrow(
    /send or receive, not "fly"/,
  );
});
