// The commands that judge from stored evidence and keep nothing: a verdict explained and given
// again, another norm, and others' rules.
import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { Norm } from '#shared/model/norm.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { Outcome, Verdict } from '#shared/model/verdict.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import type { ReportLanguage } from './assessment/report.ts';
import type { SchoolHolidays } from './assessment/school-holidays.ts';
import { normOf } from './config/norm.ts';
import type { CollectorEdge } from './edge.ts';
import type { Registry } from './registry/registry.ts';
import type { SeriesStore } from './series/series.ts';
import type { StoreOptions } from './stores.ts';

interface AssessFlags {
  readonly explain?: string;
  readonly at?: string;
  readonly whatIf?: string;
  readonly rules?: string;
  readonly lang: ReportLanguage;
  readonly json?: true;
}

interface Asked extends Pick<AssessFlags, 'lang'> {
  readonly registry: Registry;
  readonly series: SeriesStore;
  readonly norm: Norm;
  readonly holidays: SchoolHolidays;
  readonly now: EpochMs;
  readonly isJson: boolean;
  readonly write: (text: string) => void;
}

/** `stores` reads the settings; the command opens and closes what it needs. */
export function addAssess(
  program: Command,
  edge: CollectorEdge,
  stores: () => Promise<StoreOptions>,
): void {
  program
    .command('assess')
    .description('judge from stored evidence; no verdict that is kept is changed by it')
    .addOption(
      new Option(
        '--explain <location>',
        'a verdict rule by rule, and whether it is reproduced',
      ).conflicts(['whatIf', 'rules']),
    )
    .option('--at <time>', 'with --explain: the verdict in force then, such as 2026-11-01')
    .addOption(
      new Option(
        '--what-if <norm>',
        'another norm over all evidence: download=100,upload=20, or a JSON file with parts of a norm',
      ).conflicts('rules'),
    )
    .option(
      '--rules <name>',
      'others’ rules over all evidence: acm, german, rtr, 80-80, mean, single, or all',
    )
    .addOption(new Option('--lang <language>', 'of sentences').choices(['en', 'nl']).default('en'))
    .option('--json', 'JSON: the verdict, or an object for each location')
    .action(async (flags: AssessFlags) => {
      const { explain, whatIf, rules, at } = flags;
      if (explain === undefined && whatIf === undefined && rules === undefined) {
        throw new AppError('bad_usage', 'give one of --explain, --what-if and --rules');
      }
      if (at !== undefined && explain === undefined) {
        throw new AppError('bad_usage', '--at goes with --explain');
      }
      const options = await stores();
      const { openRegistry, openSeries } = await import('./stores.ts');
      await using registry = await openRegistry(options);
      await using series = await openSeries(options);
      const now = at === undefined ? systemClock.now() : timeOf(at);
      const norm = normOf(options.settings);
      const { readSchoolHolidays } = await import('./config/school-holidays.ts');
      const holidays = await readSchoolHolidays(options.settings);
      const asked: Asked = {
        ...{ registry, series, norm, holidays, now, lang: flags.lang },
        isJson: flags.json === true,
        write: edge.stdout,
      };
      if (explain !== undefined) await explainOne(asked, explain);
      else if (whatIf !== undefined) await compareNorms(asked, await normText(whatIf));
      else await compareRules(asked, rules ?? 'all');
    });
}

async function explainOne(asked: Asked, locationId: string): Promise<void> {
  const { registry, series, now, norm, lang, isJson, write } = asked;
  if ((await registry.location(locationId)) === undefined) {
    throw new AppError('not_found', `there is no location ${locationId}`);
  }
  const { explain } = await import('./assessment/explain.ts');
  const { retrace } = await import('./assessment/judge-again.ts');
  const { retracedText, verdictText } = await import('./assessment/report.ts');
  const { settledVerdict } = await import('./assessment/settled.ts');
  const { standingVerdict } = await import('./assessment/standing-verdict.ts');
  const history = await registry.verdictHistory(locationId);
  const latest = await registry.verdict(locationId);
  const kept = inForce([...history, ...(latest === undefined ? [] : [latest])], now);
  const overrules = await registry.overrules(locationId);
  const standing = standingVerdict({ history, latest: kept, overrules }, now);
  const { pending } = settledVerdict(history, now);
  if (kept === undefined) {
    const verdict = explain(await judgedAt(asked, locationId, norm));
    if (isJson) write(`${JSON.stringify({ locationId, verdict, kept: null })}\n`);
    else
      write(
        `No verdict was kept by then; from the stored evidence it would be:\n\n${verdictText(verdict, lang)}`,
      );
    return;
  }
  const retraced = await retrace({ registry, series }, locationId, kept);
  const verdict = explain(retraced.again ?? kept);
  if (isJson) {
    const { again: _, ...reproduction } = retraced;
    write(`${JSON.stringify({ locationId, verdict, kept, reproduction, standing })}\n`);
    return;
  }
  write(verdictText(verdict, lang));
  write(`\n${retracedText(retraced)}`);
  if (pending !== undefined) {
    const until = new Date(pending.settlesAt).toISOString();
    write(`It is a change that has to hold until ${until} before it alerts or opens a dossier.\n`);
  }
  if (standing?.overrule !== undefined) {
    const { author, endsAt, reason } = standing.overrule;
    write(`Overruled until ${endsAt} by ${author.name}: ${standing.outcome}, because ${reason}\n`);
  } else if (standing !== undefined) {
    write(`What alerts and dossiers go by: ${standing.outcome}, since ${standing.since}.\n`);
  }
}

async function compareNorms(asked: Asked, text: string): Promise<void> {
  const { registry, norm, now, isJson, write } = asked;
  const { changeTable, whatIfNorm, whatIfName } = await import('./assessment/what-if.ts');
  const { changeTableText } = await import('./assessment/report.ts');
  const other = whatIfNorm(norm, text);
  const changes: (readonly [Outcome, Outcome])[] = [];
  for (const id of await measuredLocations(registry)) {
    const one = { ...asked, series: remembering(asked.series) };
    const from = (await judgedAt(one, id, norm)).outcome;
    const to = (await judgedAt(one, id, other)).outcome;
    changes.push([from, to]);
    if (isJson) write(`${JSON.stringify({ locationId: id, from, to })}\n`);
  }
  const table = changeTable(changes);
  const changed = changes.filter(([from, to]) => from !== to).length;
  const at = new Date(now).toISOString();
  if (isJson) {
    write(`${JSON.stringify({ at, norm: other, locations: changes.length, changed, table })}\n`);
    return;
  }
  write(changeTableText(table, `norm ${norm.version}`, `what if ${whatIfName(norm, other)}`));
  write(
    `${changes.length} locations with a device, of which ${changed} get another verdict; judged at ${at}.\n`,
  );
  if (other.download > norm.download || other.upload > norm.upload) {
    write(
      'A paced test says only “at least”: of a higher norm it leaves open what the line carries.\n',
    );
  }
}

async function compareRules(asked: Asked, name: string): Promise<void> {
  const { registry, norm, isJson, write } = asked;
  const { RULE_PACKS, packNamed } = await import('./assessment/packs/packs.ts');
  const { judgeLocationByPacks } = await import('./assessment/packs/location.ts');
  const { tableText } = await import('./assessment/report.ts');
  const { PACK_OUTCOMES } = await import('./assessment/packs/pack.ts');
  const one = packNamed(name);
  if (one === undefined && name !== 'all') {
    const names = RULE_PACKS.map((pack) => pack.name).join(', ');
    throw new AppError('bad_usage', `--rules: there is no ${name}; there are ${names}, and all`);
  }
  const packs = one === undefined ? RULE_PACKS : [one];
  const counts = new Map<string, number>();
  const add = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  const ids = await measuredLocations(registry);
  for (const id of ids) {
    const lines = await gathered(asked, id, norm);
    const { outcome } = await verdictOf(lines, asked, norm);
    const byPack = judgeLocationByPacks(packs, lines, norm, asked.now);
    for (const [pack, said] of Object.entries(byPack)) {
      add(`${pack} ${said}`);
      if (outcome === 'meets' && said === 'short') add(`${pack} against`);
    }
    if (isJson) write(`${JSON.stringify({ locationId: id, ours: outcome, ...byPack })}\n`);
  }
  if (isJson) return;
  const count = (key: string) => String(counts.get(key) ?? 0);
  write(
    tableText(
      ['rule', ...PACK_OUTCOMES, 'short where ours says meets', 'source'],
      packs.map((pack) => [
        pack.name,
        ...PACK_OUTCOMES.map((said) => count(`${pack.name} ${said}`)),
        count(`${pack.name} against`),
        pack.source,
      ]),
    ),
  );
  write(`${ids.length} locations with a device, norm ${norm.version}.\n`);
}

async function measuredLocations(registry: Registry): Promise<readonly string[]> {
  const devices = await registry.devices();
  return [...new Set(devices.map(({ locationId }) => locationId))].sort();
}

async function judgedAt(asked: Asked, locationId: string, norm: Norm): Promise<Verdict> {
  return verdictOf(await gathered(asked, locationId, norm), asked, norm);
}

async function gathered(asked: Asked, locationId: string, norm: Norm) {
  const { registry, series, holidays, now } = asked;
  const { gather } = await import('./assessment/gather.ts');
  const { createCalendar } = await import('./assessment/calendar.ts');
  const place = (await registry.location(locationId)) ?? {};
  const calendar = createCalendar(norm.timeZone, holidays.at(place));
  return gather({ registry, series }, locationId, norm, now, { calendar });
}

async function verdictOf(
  lines: Awaited<ReturnType<typeof gathered>>,
  { now }: Asked,
  norm: Norm,
): Promise<Verdict> {
  const { assess } = await import('./assessment/assess.ts');
  const { locationVerdict } = await import('./assessment/location-verdict.ts');
  const judged = lines.map(({ line, evidence }) => ({
    line,
    verdict: assess(evidence, norm, now),
  }));
  return locationVerdict(judged, norm, now);
}

/** The newest of them that was given by `at`. */
function inForce(verdicts: readonly Verdict[], at: EpochMs): Verdict | undefined {
  return verdicts.filter(({ judgedAt: given }) => Date.parse(given) <= at).at(-1);
}

/** Asked the same again, it answers from memory: two norms over one location's tests. */
function remembering(series: SeriesStore): SeriesStore {
  const known = new Map<string, ReturnType<SeriesStore['query']>>();
  return Object.assign(Object.create(series), {
    query: (query: Parameters<SeriesStore['query']>[0]) => {
      const key = JSON.stringify(query);
      const found = known.get(key) ?? series.query(query);
      known.set(key, found);
      return found;
    },
  });
}

async function normText(given: string): Promise<string> {
  if (given.includes('=')) return given;
  return readFile(given, 'utf8').catch((cause: unknown) => {
    throw new AppError(
      'bad_usage',
      `--what-if takes NAME=NUMBER,… such as download=100,upload=20, or a JSON file; ${given} cannot be read: ${messageOf(cause)}`,
      { cause },
    );
  });
}

function timeOf(text: string): EpochMs {
  const time = Date.parse(text);
  if (Number.isFinite(time)) return time;
  throw new AppError('bad_usage', `--at must be a time such as 2026-11-01, not ${text}`);
}
