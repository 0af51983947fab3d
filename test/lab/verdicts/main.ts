// What tests in check mode say of lines that lie at least 5% from the norm:
//   node test/lab/verdicts/main.ts [--tests 100] [--norm 500/40] [--together 1] [--seed 1] [--out FILE]
// Lines differ in capacity, round trip and loss; `--together` measures as many lines at the same time,
// which a norm of fewer Mbit/s leaves room for. A fail near the norm is run again at once: the two minutes
// between such runs are for lines that change, and these do not. Tables go to stdout, tests to --out.
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { type Measurement, measurementSchema } from '#shared/model/measurement.ts';
import { DEFAULT_PLAN } from '#shared/model/plan.ts';
import { seededRandom } from '#test/support/seeded-random.ts';
import { openDelayedLink } from '../line/delayed-link.ts';
import { serve } from '../programs.ts';
import {
  drawLine,
  needsSecondRun,
  type TestedLine,
  type Told,
  told,
  verdictsTable,
  wrongShares,
} from './tests.ts';

const { values } = parseArgs({
  options: {
    tests: { type: 'string', default: '100' },
    norm: { type: 'string', default: '500/40' },
    together: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
  },
});
/** Of one line; then another is opened. */
const TESTS_OF_A_LINE = 3;

const [download = 500, upload = 40] = values.norm.split('/').map(Number);
const norm = { ...DEFAULT_PLAN.norm, download, upload };
const random = seededRandom(Number(values.seed));
const all: Told[] = [];
let left = Number(values.tests);

await Promise.all(Array.from({ length: Number(values.together) }, testLines));
process.stdout.write(`${verdictsTable(all)}\n\n${wrongShares(all)}\n`);

async function testLines(): Promise<void> {
  while (left > 0) {
    const count = Math.min(TESTS_OF_A_LINE, left);
    left -= count;
    await testLine(drawLine(random), count);
  }
}

async function testLine(line: TestedLine, count: number): Promise<void> {
  await using link = await openDelayedLink({
    downMbps: norm.download * line.share.download,
    upMbps: norm.upload * line.share.upload,
    rttMs: line.rttMs,
    loss: line.loss,
    seed: Math.floor(random.next() * 1e9),
  });
  const server = await serve(link);
  const child = link.spawn('near', process.execPath, ['test/lab/verdicts/worker.ts'], 'pipe');
  child.stderr?.pipe(process.stderr);
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[
    Symbol.asyncIterator
  ]();
  const measure = async (): Promise<Measurement> => {
    const plan = { ...DEFAULT_PLAN, norm };
    child.stdin?.write(
      `${JSON.stringify({ deviceId: randomUUID(), server, plan, mode: 'check' })}\n`,
    );
    const { value, done } = await lines.next();
    if (done) throw new Error('the measuring process ended');
    return measurementSchema.parse(JSON.parse(value));
  };
  for (let i = 0; i < count; i += 1) {
    const first = await measure();
    const said = told(line, first, needsSecondRun(first) ? await measure() : undefined);
    all.push(...said);
    for (const { direction, first: outcome, settled, flags } of said) {
      const { share, rttMs, loss } = line;
      process.stderr.write(
        `${direction} ${share[direction]} of the norm, ${rttMs} ms, ${100 * loss}% lost: ${outcome}, ${settled} ${flags.join()}\n`,
      );
    }
    if (values.out !== undefined) await writeFile(values.out, JSON.stringify(all, null, 1));
  }
}
