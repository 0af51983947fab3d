// The benchmarks of the byte paths work: every row is there and plausible. What they measure is for
// people to read.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT } from '#test/support/process.ts';

const run = promisify(execFile);
const bench = (...args: string[]) =>
  run(process.execPath, ['test/bench/meetpunt/bytes.ts', ...args], { cwd: ROOT });

test.each([
  ['send', ['the measure server sends']],
  ['receive', ['the agent receives', 'the measure server receives']],
])('the benchmark of %s prints both sides and their ratio', async (subject, titles) => {
  const { stdout } = await bench(subject, '1', '0.5');
  for (const title of titles) expect(stdout).toContain(title);
  for (const side of ['bare net sockets', 'Meetnet']) {
    const rows = [
      ...stdout.matchAll(new RegExp(`\\| ${side} \\| ([\\d.]+) \\| ([\\d.]+) \\|`, 'g')),
    ];
    expect(rows).toHaveLength(titles.length);
    for (const [, gbps, cpu] of rows) {
      expect(Number(gbps), stdout).toBeGreaterThan(0.1);
      expect(Number(cpu), stdout).toBeGreaterThan(0);
    }
  }
  expect(stdout.match(/ratio of CPU per GB \d+\.\d\d/g)).toHaveLength(titles.length);
});

test('another subject is refused by name', async () => {
  await expect(bench('fly')).rejects.toThrow(/send or receive, not "fly"/);
});
