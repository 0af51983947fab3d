// What the stop rule says of synthetic lines: `node test/bench/stop-rule.ts [paths]`. A model, not the
// lab: capacities in bands around what the norm asks, slow start, noise that hangs together, streams
// that a lossy way holds to little. Prints, asserts nothing.
import type { TestOutcome } from '#shared/model/measurement.ts';
import type { Random } from '#shared/runtime/random.ts';
import { quantile } from '#test/lab/matrix/report.ts';
import { type Path, randomPath, walk } from '#test/shared/flow/paths.ts';
import { seededRandom } from '#test/support/seeded-random.ts';

const REQUIRED = 473;
const PACE = 507;
const CHECK = {
  mode: 'check',
  required: REQUIRED,
  provisionalShare: 0.8,
  confidence: 0.95,
  maxBytes: 1_000_000_000,
  limitMs: 10_000,
} as const;

/** Capacity as a share of what is required. */
const BANDS = [
  { name: '30–80%', from: 0.3, to: 0.8 },
  { name: '80–95%', from: 0.8, to: 0.95 },
  { name: '95–100%', from: 0.95, to: 1 },
  { name: '100–105%', from: 1, to: 1.05 },
  { name: '105–200%', from: 1.05, to: 2 },
] as const;
const KINDS: readonly { readonly name: string; readonly path: PathMaker }[] = [
  { name: 'usual', path: randomPath },
  { name: 'lossy', path: lossyPath },
];
type PathMaker = (capacity: number, random: Random) => Path;

/** A stream gets what one packet lost in 200 to 10,000 leaves it (Mathis 1997), after more at first. */
function lossyPath(capacity: number, random: Random): Path {
  const path = randomPath(capacity, random);
  const loss = 10 ** (-4 + 1.7 * random.next());
  const rttMs = 1 + 39 * random.next();
  const perStream = (1.22 * 1448 * 8) / (rttMs * 1000 * Math.sqrt(loss));
  return { ...path, rttMs, perStream, overshoot: 1 + 8 * random.next() };
}

const count = Number(process.argv[2] ?? 12_000) / (BANDS.length * KINDS.length);
const random = seededRandom(2019);
console.log(
  '| lines | capacity of what is asked | tests | pass | fail | undecided | wrong | wrong after confirmation | MB p50 of a pass |',
);
console.log('|---|---|---|---|---|---|---|---|---|');
for (const kind of KINDS) {
  for (const band of BANDS) console.log(`| ${kind.name} | ${row(band, kind.path)} |`);
}

function row(band: (typeof BANDS)[number], make: PathMaker): string {
  const said: Record<TestOutcome, number> = { pass: 0, fail: 0, inconclusive: 0 };
  const passBytes: number[] = [];
  let [wrong, stands] = [0, 0];
  for (let i = 0; i < count; i += 1) {
    const capacity = REQUIRED * (band.from + (band.to - band.from) * random.next());
    const path = make(capacity, random);
    const { reading, bytes } = walk(path, CHECK, PACE, random);
    said[reading.outcome] += 1;
    if (reading.outcome === 'pass') passBytes.push(bytes);
    if (reading.outcome === 'inconclusive') continue;
    if ((reading.outcome === 'pass') === band.from >= 1) continue;
    wrong += 1;
    const isConfirmed =
      !reading.provisional || walk(path, CHECK, PACE, random).reading.outcome === 'fail';
    if (reading.outcome === 'pass' || isConfirmed) stands += 1;
  }
  const share = (n: number) => `${((100 * n) / count).toFixed(2)}%`;
  const megabytes = passBytes.length === 0 ? '–' : (quantile(passBytes, 0.5) / 1e6).toFixed(0);
  return [
    ...[band.name, count, share(said.pass), share(said.fail), share(said.inconclusive)],
    ...[share(wrong), share(stands), megabytes],
  ].join(' | ');
}
