// The commands on planning: what the API answers, for whoever has the stores at hand.
import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { z } from 'zod';
import { systemClock } from '#shared/runtime/clock.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import {
  CANDIDATES,
  CHARGES,
  type FileQuery,
  FORMATS,
  planningQuerySchema,
  SCENARIO_RULES,
  scenarioQuerySchema,
} from '#shared/wire/planning.ts';
import { normOf } from './config/norm.ts';
import { readSchemes } from './config/schemes.ts';
import type { CollectorEdge } from './edge.ts';
import type { PlanningDocument } from './planning/documents.ts';
import type { Plan, PlanningDesk } from './planning/planning-desk.ts';
import type { StoreOptions } from './stores.ts';

type Flags = Readonly<Record<string, string | readonly string[]>>;

const KINDS = ['table', 'funnel', 'joint-builds'] as const;

/** `stores` reads the settings; each command opens and closes what it needs. */
export function addPlanningCommands(
  program: Command,
  edge: CollectorEdge,
  stores: () => Promise<StoreOptions>,
): void {
  const planning = program
    .command('planning')
    .description('from verdicts and dossiers to a plan: table, funnel, joint builds, scenarios');
  withAssumptions(
    planning
      .command('export')
      .description('write the planning table, the funnel or the joint builds')
      .addOption(new Option('--what <kind>', 'what to write').choices(KINDS).default('table')),
  ).action(async ({ what, out, ...flags }: Flags) => {
    const query = queryOf(planningQuerySchema, flags);
    const documents = await import('./planning/documents.ts');
    const make = {
      table: documents.tableDocument,
      funnel: documents.funnelDocument,
      'joint-builds': documents.jointBuildsDocument,
    }[what as (typeof KINDS)[number]];
    await withDesk(stores, async (desk) => {
      await write(edge, make(await desk.plan(undefined, query)), query, out);
    });
  });
  withAssumptions(
    planning
      .command('scenario')
      .description('which locations first under a budget, by one rule or by several side by side')
      .requiredOption('--budget <euro>', 'the budget')
      .addOption(
        new Option('--rule <rule...>', 'by which rules (default: all)').choices(SCENARIO_RULES),
      )
      .addOption(new Option('--charge <what>', 'what the budget pays').choices(CHARGES))
      .addOption(new Option('--candidates <who>', 'out of whom').choices(CANDIDATES))
      .addOption(
        new Option('--part <part>', 'which table a CSV holds').choices(['summary', 'choices']),
      ),
  ).action(async ({ budget, out, ...flags }: Flags) => {
    const query = queryOf(scenarioQuerySchema, { ...flags, budgetEuro: budget });
    const { scenariosDocument } = await import('./planning/documents.ts');
    await withDesk(stores, async (desk) => {
      const plan: Plan = await desk.plan(undefined, query);
      await write(edge, scenariosDocument(plan, query, query.part), query, out);
    });
  });
}

function withAssumptions(command: Command): Command {
  return command
    .addOption(new Option('--format <format>', 'form of the file').choices(FORMATS))
    .option('--out <file>', 'where it goes; without it JSON and CSV go to stdout')
    .addOption(
      new Option('--language <language>', 'of headers and fixed words').choices(['nl', 'en']),
    )
    .addOption(
      new Option('--decimal <mark>', 'in CSV; comma for a Dutch Excel').choices(['point', 'comma']),
    )
    .option('--board <number>', 'only of this board')
    .option('--municipality <name>', 'only in this municipality')
    .option('--province <name>', 'only in this province')
    .option('--verdict <outcome>', 'only with this verdict')
    .option('--dossier <state>', 'only with a dossier in this state, or `none`')
    .option('--radius-km <km>', 'how near neighbours and joint builds are')
    .option('--assumed-cost-euro <euro>', 'cost of building where there is no fitting offer')
    .option('--on <day>', 'day of applying for which subsidies are estimated, such as 2019-03-13')
    .option('--reading <id>', 'reading of the subsidy scheme');
}

/** Throws `bad_usage` naming every option at fault. */
function queryOf<T>(schema: z.ZodType<T>, flags: Readonly<Record<string, unknown>>): T {
  const parsed = schema.safeParse(flags);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${optionOf(path[0])}: ${message}`);
  throw new AppError('bad_usage', faults.join('; '));
}

/** `radiusKm` → `--radius-km`. */
function optionOf(key: PropertyKey | undefined): string {
  if (key === 'budgetEuro') return '--budget';
  return `--${String(key).replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

async function withDesk(
  stores: () => Promise<StoreOptions>,
  work: (desk: PlanningDesk) => Promise<void>,
): Promise<void> {
  const options = await stores();
  const { openRegistry, openSeries } = await import('./stores.ts');
  const { createPlanningDesk } = await import('./planning/planning-desk.ts');
  await using registry = await openRegistry(options);
  await using series = await openSeries(options);
  const norm = normOf(options.settings);
  const schemes = await readSchemes(options.settings);
  await work(createPlanningDesk({ registry, series, norm, schemes, clock: systemClock }));
}

async function write(
  edge: CollectorEdge,
  { name, basis, key, rows, sheets }: PlanningDocument<string, unknown>,
  query: FileQuery,
  out: Flags[string] | undefined,
): Promise<void> {
  const { format } = query;
  const text = () => `${JSON.stringify({ basis, [key]: rows }, null, 2)}\n`;
  const { exportFile } = await import('./planning/export/file.ts');
  const body =
    format === 'json'
      ? [text()]
      : (await exportFile(sheets, { ...query, format, name, basis })).body;
  if (typeof out === 'string') {
    await writeOut(out, body instanceof Uint8Array ? body : [...body].join(''));
    edge.stdout(`${out}\n`);
    return;
  }
  if (body instanceof Uint8Array) {
    throw new AppError(
      'bad_usage',
      'a workbook is no text for a terminal; say where it goes: --out',
    );
  }
  for (const piece of body) edge.stdout(piece);
}

/** Throws `bad_usage`. */
async function writeOut(path: string, content: string | Uint8Array): Promise<void> {
  await writeFile(path, content).catch((cause: unknown) => {
    throw new AppError('bad_usage', `--out ${path} cannot be written: ${messageOf(cause)}`, {
      cause,
    });
  });
}
