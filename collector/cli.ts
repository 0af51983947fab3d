// The collector's commands. Results go to stdout, logs and errors to stderr; each failure ends
// with the exit code that the table of errors gives it. What only one command needs is loaded by
// that command: the measure server is to be a light process.
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { systemClock } from '#shared/runtime/clock.ts';
import { AppError, ERRORS } from '#shared/runtime/errors.ts';
import { createLogger, type Logger } from '#shared/runtime/log.ts';
import { systemRandom } from '#shared/runtime/random.ts';
import { addAlertCommands } from './alert-commands.ts';
import { addAssess } from './assess-commands.ts';
import { locationCode, wholeDays } from './command-arguments.ts';
import { DEFAULT_CODE_DAYS } from './config/enrolment.ts';
import { loadCollectorSettings } from './config/file.ts';
import type { CollectorSettings } from './config/settings.ts';
import { addDossierCommands } from './dossier-commands.ts';
import type { CollectorEdge } from './edge.ts';
import { addEvidenceCommands } from './evidence-commands.ts';
import { addImport } from './import-command.ts';
import { addLineCommands, namedLine } from './line-commands.ts';
import { addOverruleCommands } from './overrule-commands.ts';
import { addPlanningCommands } from './planning-commands.ts';
import { makeDataDirectory } from './process/data-directory.ts';
import { addReleaseCommands } from './release-commands.ts';
import type { StoreOptions } from './stores.ts';
import { addTokenCommands } from './token-commands.ts';

const DAY_MS = 86_400_000;

/** Resolves with the exit code. */
export async function runCollector(argv: readonly string[], edge: CollectorEdge): Promise<number> {
  try {
    await commands(edge).parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has said what was wrong; `--help` comes this way too, with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : ERRORS.bad_usage.exit;
    if (!(error instanceof AppError)) throw error;
    edge.stderr(`meetnet-collector: ${error.message} (${error.code})\n`);
    edge.tellParent({ type: 'failed', code: error.code, message: error.message });
    return error.entry.exit;
  }
}

function commands(edge: CollectorEdge): Command {
  const program = new Command('meetnet-collector')
    .description('Receives, keeps, judges and shows the measurements of school locations.')
    .exitOverride()
    .configureOutput({ writeOut: edge.stdout, writeErr: edge.stderr })
    .addHelpText(
      'after',
      '\nSettings are MEETNET_* environment variables or a YAML file (MEETNET_CONFIG); see the README.',
    );
  addServe(program, edge);
  addImport(program, edge, () => storeOptions(edge));
  addEnrolCode(program, edge);
  addLineCommands(program, edge, () => storeOptions(edge));
  addAssess(program, edge, () => storeOptions(edge));
  addOverruleCommands(program, edge, () => storeOptions(edge));
  addTokenCommands(program, edge, () => storeOptions(edge));
  addEvidenceCommands(program, edge, () => storeOptions(edge));
  addBackup(program, edge);
  addDossierCommands(program, edge, () => storeOptions(edge));
  addAlertCommands(program, edge, () => storeOptions(edge));
  addReleaseCommands(program, edge, () => storeOptions(edge));
  addReplay(program, edge);
  addPlanningCommands(program, edge, () => storeOptions(edge));
  addMeetpunt(program, edge);
  return program;
}

function addServe(program: Command, edge: CollectorEdge): void {
  program
    .command('serve')
    .description('run the gateway, the API, the pages and a measure server, until stopped')
    .action(async () => {
      const { settings, log } = await prepare(edge);
      const { serve } = await import('./serve.ts');
      await serve({
        settings,
        log,
        env: edge.env,
        nodePath: edge.nodePath,
        clock: systemClock,
        random: systemRandom,
        signal: edge.signal,
        onReady: ({ url, setupUrl }) => {
          edge.stdout(`Meetnet: ${url}\n`);
          if (setupUrl !== undefined) edge.stdout(`Make the first account: ${setupUrl}\n`);
        },
      });
    });
}

function addEnrolCode(program: Command, edge: CollectorEdge): void {
  program
    .command('enrol-code')
    .description('print a one-time code with which an agent enrols at a location')
    .argument('<location>', 'vestigingscode, such as 16SW03', locationCode)
    .option('--days <n>', 'days that the code is valid', wholeDays, DEFAULT_CODE_DAYS)
    .option('--line <name>', 'for a location with several lines: the one that it will measure')
    .action(async (location: string, { days, line }: { days: number; line?: string }) => {
      const { newEnrolmentCode } = await import('./gateway/enrolment.ts');
      const { openRegistry } = await import('./stores.ts');
      await using registry = await openRegistry(await storeOptions(edge));
      const code = newEnrolmentCode(systemRandom);
      const expiresAt = systemClock.now() + days * DAY_MS;
      const lineId =
        line === undefined ? undefined : (await namedLine(registry, location, line)).id;
      await registry.addEnrolmentCode(code, location, expiresAt, lineId);
      edge.stdout(`${code}\n`);
    });
}

function addBackup(program: Command, edge: CollectorEdge): void {
  program
    .command('backup')
    .description('write a consistent copy of the stores, also while the collector serves')
    .argument('<directory>', 'where the copies go; it is made when missing')
    .action(async (target: string) => {
      const options = await storeOptions(edge);
      const directory = await makeDataDirectory(target);
      if ((await realpath(directory)) === (await realpath(options.directory))) {
        throw new AppError(
          'bad_usage',
          `${target} is the data directory itself, whose stores the copies would replace; give another directory`,
        );
      }
      const { openRaw, openRegistry, openSeries } = await import('./stores.ts');
      await using registry = await openRegistry(options);
      await using series = await openSeries(options);
      await using raw = await openRaw(options);
      const registryFile = join(directory, 'registry.db');
      await registry.backup(registryFile);
      const { files, note } = await series.backup(directory);
      const rawFile = await raw.backup(directory);
      for (const file of [registryFile, ...files, rawFile]) edge.stdout(`${file}\n`);
      if (note !== undefined) edge.stderr(`meetnet-collector: ${note}\n`);
    });
}

interface ReplayFlags {
  readonly location?: string;
  readonly from?: string;
  readonly to?: string;
  readonly whatIf?: readonly string[];
  readonly json?: true;
}

function addReplay(program: Command, edge: CollectorEdge): void {
  program
    .command('replay')
    .description('run the estimator of this version over the raw counters of old tests')
    .option('--location <id>', 'only of this location, such as 16SW03')
    .option('--from <time>', 'only tests from this time on, such as 2026-11-01')
    .option('--to <time>', 'only tests before this time')
    .option(
      '--what-if <name=value...>',
      'ask otherwise than the agents did: confidence, provisionalShare, required (Mbit/s of payload), limitMs, maxBytes',
    )
    .option('--json', 'one JSON object a test, and the sum as the last')
    .action(async ({ json, ...asked }: ReplayFlags) => {
      const options = await storeOptions(edge);
      const { openRaw } = await import('./stores.ts');
      const { replay } = await import('./replay/replay.ts');
      await using raw = await openRaw(options);
      await replay(raw, asked, { write: edge.stdout, json: json === true });
    });
}

interface MeetpuntFlags {
  readonly host?: string;
  readonly port?: number;
  readonly keyFile?: string;
  readonly open?: true;
  readonly guests?: true;
}

/** A lab's own clients may measure all day. */
function guestBytesOf(
  { open, guests }: MeetpuntFlags,
  { meetpuntGuests, meetpuntGuestBytes }: CollectorSettings,
): { guestBytes?: number } {
  if (open) return { guestBytes: Number.POSITIVE_INFINITY };
  return guests || meetpuntGuests === 'on' ? { guestBytes: meetpuntGuestBytes } : {};
}

function addMeetpunt(program: Command, edge: CollectorEdge): void {
  program
    .command('meetpunt')
    .description('run the measure server alone, until stopped')
    .option('--host <address>', 'address to listen on (default: MEETNET_MEETPUNT_HOST)')
    .option('--port <n>', 'port; 0 takes a free one (default: MEETNET_MEETPUNT_PORT)', portNumber)
    .option('--slots <n>', 'tests at the same time (default: MEETNET_MEETPUNT_SLOTS)', slotCount)
    .option(
      '--key-file <file>',
      'admit who has a slot of the collector whose slot.key this is (default: MEETNET_MEETPUNT_KEY_FILE)',
    )
    .addOption(
      new Option('--open', 'admit anyone, without a slot; for labs only').conflicts('keyFile'),
    )
    .option(
      '--guests',
      'answer clients of ndt7, LibreSpeed and Cloudflare where no agent needs the place (default: MEETNET_MEETPUNT_GUESTS; implied by --open)',
    )
    .addHelpText('after', MEETPUNT_HELP)
    .action(async (options: MeetpuntOptions) => {
      const { settings, log } = await prepare(edge);
      const { certificateOf, runMeetpunt } = await import('./meetpunt-command.ts');
      const tls = await certificateOf(settings, systemClock);
      const keyFile = options.open ? undefined : (options.keyFile ?? settings.meetpuntKeyFile);
      const { meetpuntMetricsHost: metricsHost, meetpuntMetricsPort: metricsPort } = settings;
      await runMeetpunt(edge, log, {
        host: options.host ?? settings.meetpuntHost,
        port: options.port ?? settings.meetpuntPort,
        slots: options.slots ?? Math.max(1, settings.meetpuntSlots),
        ...(keyFile === undefined ? {} : { keyFile }),
        admission: options.open ? 'open' : 'slots',
        ...guestBytesOf(options, settings),
        ...(settings.meetpuntUrl === undefined ? {} : { origin: settings.meetpuntUrl }),
        ...(tls === undefined ? {} : { tls }),
        ...(metricsPort === undefined ? {} : { metrics: { host: metricsHost, port: metricsPort } }),
      });
    });
}

interface MeetpuntOptions {
  readonly host?: string;
  readonly port?: number;
  readonly slots?: number;
  readonly keyFile?: string;
  readonly open?: true;
}

const MEETPUNT_HELP = `
Settings, here or in the file of MEETNET_CONFIG:
  MEETNET_MEETPUNT_URL           address that agents know it by; slots of other servers are refused
  MEETNET_MEETPUNT_TLS_CERT      certificate (PEM): TLS too, on the same port
  MEETNET_MEETPUNT_TLS_KEY       its private key (PEM)
  MEETNET_MEETPUNT_METRICS_PORT  metrics for Prometheus, on MEETNET_MEETPUNT_METRICS_HOST

SIGTERM and SIGINT refuse new tests, let those that run end for at most 20 s, and stop; a second one
stops at once.`;

function slotCount(text: string): number {
  const slots = Number(text);
  if (/^\d+$/.test(text) && slots >= 1 && slots <= 1000) return slots;
  throw new InvalidArgumentError('It must be a whole number from 1 to 1000.');
}

function portNumber(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
}

async function prepare(edge: CollectorEdge): Promise<{ settings: CollectorSettings; log: Logger }> {
  const settings = await loadCollectorSettings(edge.env);
  const log = createLogger({
    level: settings.logLevel,
    format: settings.logFormat,
    clock: systemClock,
    write: edge.stderr,
  });
  return { settings, log };
}

/** For the commands that open the stores and go. */
async function storeOptions(edge: CollectorEdge): Promise<StoreOptions> {
  const { settings, log } = await prepare(edge);
  const directory = await makeDataDirectory(settings.data);
  return { settings, directory, clock: systemClock, log };
}
