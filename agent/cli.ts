import { Command, CommanderError, Option } from 'commander';
import type { MeasurementKind } from '#shared/model/measurement.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { AppError, ERRORS, messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { systemRandom } from '#shared/runtime/random.ts';
import type { AgentSettings } from './config/settings.ts';
import type { AgentEdge } from './edge.ts';
import { addDoctor, addStatus } from './health-commands.ts';
import { loadIdentity } from './identity/identity.ts';
import { collectorOf, prepare } from './prepare.ts';
import { AGENT_VERSION } from './version.ts';

/** As a shell says of a command that a person stopped: 128 + SIGINT. */
const STOPPED_EXIT = 130;

/** Resolves with the exit code. */
export async function runAgent(argv: readonly string[], edge: AgentEdge): Promise<number> {
  const exit = { code: 0 };
  try {
    await commands(edge, exit).parseAsync([...argv], { from: 'user' });
    return exit.code;
  } catch (error) {
    // Commander has said what was wrong; `--help` comes this way too, with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : ERRORS.bad_usage.exit;
    if (edge.signal.aborted && error === edge.signal.reason) {
      edge.stderr(`meetnet-agent: ${messageOf(error)}\n`);
      return STOPPED_EXIT;
    }
    if (!(error instanceof AppError)) throw error;
    edge.stderr(`meetnet-agent: ${error.message} (${error.code})\n`);
    return error.entry.exit;
  }
}

function commands(edge: AgentEdge, exit: { code: number }): Command {
  const program = new Command('meetnet-agent')
    .description('Measures an internet line against the norm and sends the results to a collector.')
    .version(AGENT_VERSION)
    .exitOverride()
    .configureOutput({ writeOut: edge.stdout, writeErr: edge.stderr })
    .addHelpText(
      'after',
      '\nSettings are MEETNET_* environment variables or a YAML file (MEETNET_CONFIG); see the README.',
    );
  addEnroll(program, edge);
  addRun(program, edge, exit);
  addMeasure(program, edge, exit);
  addStatus(program, edge);
  addDoctor(program, edge, exit);
  addCalibrate(program, edge);
  program.command('loopback-peer', { hidden: true }).action(async () => {
    const { loopbackPeer } = await import('./calibrate-command.ts');
    await loopbackPeer(edge);
  });
  program.command('measure-job', { hidden: true }).action(async () => {
    const { measureJob } = await import('./measure-command.ts');
    await measureJob(edge);
  });
  return program;
}

function addEnroll(program: Command, edge: AgentEdge): void {
  program
    .command('enroll')
    .alias('enrol')
    .description("make this device's key and enrol it at a location with a one-time code")
    .option('--collector <url>', 'address of the collector (default: MEETNET_COLLECTOR)')
    .requiredOption('--code <code>', "the code that the collector's operator gave")
    .option('--name <name>', 'name of this device on the pages (default: the host name)')
    .option('--force', 'replace the identity that this device has')
    .action(async (options: { collector?: string; code: string; name?: string; force?: true }) => {
      const { settings, directory } = await prepare(edge);
      const collector = options.collector ?? settings.collector;
      if (collector === undefined) {
        throw new AppError(
          'bad_usage',
          'which collector? give --collector URL or set MEETNET_COLLECTOR',
        );
      }
      const { enrol } = await import('./identity/enrol.ts');
      const { createOutbound } = await import('./network/outbound.ts');
      using outbound = createOutbound({ env: edge.env, clock: systemClock });
      const identity = await enrol({
        directory,
        collector,
        code: options.code,
        name: options.name ?? settings.name ?? edge.hostName,
        position: settings.position,
        agentVersion: AGENT_VERSION,
        clock: systemClock,
        outbound,
        signal: edge.signal,
        existing: options.force ? 'replace' : 'keep',
      });
      edge.stdout(`enrolled at ${identity.locationId} as ${identity.deviceId}\n`);
      const { calibrateAtEnrolment } = await import('./calibrate-command.ts');
      await calibrateAtEnrolment(edge, directory, identity.position);
    });
}

function addRun(program: Command, edge: AgentEdge, exit: { code: number }): void {
  program
    .command('run')
    .description('measure by the timetable and send the results, until stopped')
    .option(
      '--collector <url>',
      'address of the collector, when it is not where this agent enrolled',
    )
    .option('--wait', 'wait for the enrolment of a device that has no identity yet')
    .action(async (options: { collector?: string; wait?: true }) => {
      const { settings, directory, log } = await prepare(edge);
      const { openServiceManager } = await import('./health/service-manager.ts');
      const manager = openServiceManager(edge.env, edge.pid, log);
      const { awaitIdentity } = await import('./identity/await-identity.ts');
      const awaited = { directory, manager, clock: systemClock, log, signal: edge.signal };
      const identity = await (options.wait ? awaitIdentity(awaited) : loadIdentity(directory));
      if (identity === undefined) return;
      const { newId } = await import('./new-id.ts');
      const { updatesOf } = await import('./releases/update-wiring.ts');
      const restart = new AbortController();
      const { ChildMeasurer } = await import('./measure/child.ts');
      const { calibrateInChild } = await import('./measure/calibration/calibrate-in-child.ts');
      const { run } = await import('./run.ts');
      const common = { clock: systemClock, newId: () => newId(), nodeVersion: edge.nodeVersion };
      await run({
        ...common,
        ...{ directory, identity, log, manager, random: systemRandom },
        ...{ env: edge.env, pid: edge.pid },
        signal: AbortSignal.any([edge.signal, restart.signal]),
        updates: updatesOf(edge, settings, directory, (why) => restart.abort(new Error(why))),
        giveBackMemory: edge.giveBackMemory,
        settings:
          options.collector === undefined
            ? settings
            : { ...settings, collector: options.collector },
        calibrate: (signal) =>
          calibrateInChild(
            {
              nodePath: edge.nodePath,
              jobArguments: [edge.mainPath, 'calibrate', '--json'],
              env: edge.env,
            },
            signal,
          ),
        measurer: new ChildMeasurer({
          ...common,
          nodePath: edge.nodePath,
          jobArguments: [edge.mainPath, 'measure-job'],
          env: edge.env,
          agentVersion: AGENT_VERSION,
        }),
      });
      const { RESTART_EXIT } = await import('./releases/slot-files.ts');
      if (restart.signal.aborted) exit.code = RESTART_EXIT;
    });
}

interface MeasureFlags {
  readonly server?: string;
  readonly mode: 'check' | 'capacity';
  readonly protocol: 'meetpunt' | 'ndt7' | 'librespeed';
  readonly kind: Exclude<MeasurementKind, 'availability'>;
  readonly seconds: number;
  readonly json?: true;
}

const PEER_HELP = `
Other servers: with --protocol, --server is
  ndt7        ws(s)://HOST[:PORT], with an access token in its query where the server wants one,
              or the JSON that M-Lab's locate service (v2) answered
  librespeed  http(s)://HOST[:PORT][/PATH], or an entry of a page's servers.json
They show what a line carries at least, never that it falls short, and go to no collector.
M-Lab publishes the addresses of its servers' clients for ever and asks for no more than 4 tests a day.`;

function addMeasure(program: Command, edge: AgentEdge, exit: { code: number }): void {
  program
    .command('measure')
    .description('make one test now and show its result')
    .option(
      '--server <url>',
      "a measure server that admits anyone; default: one of the collector's, in a slot",
    )
    .addOption(
      new Option('--protocol <name>', 'what the server speaks; others than our own need --server')
        .choices(['meetpunt', 'ndt7', 'librespeed'])
        .default('meetpunt'),
    )
    .addOption(
      new Option(
        '--mode <mode>',
        'check: does the line meet the norm; capacity: how much does it carry',
      )
        .choices(['check', 'capacity'])
        .default('check'),
    )
    .addOption(
      new Option(
        '--kind <kind>',
        'throughput, or latency: probes on the quiet line, with loss each way',
      )
        .choices(['throughput', 'latency'])
        .default('throughput'),
    )
    .option('--seconds <number>', 'how long to probe for latency', probeSeconds, 10)
    .option('--json', 'print the measurement as one JSON object')
    .addHelpText('after', PEER_HELP)
    .action(async ({ server, mode, protocol, kind, seconds, json }: MeasureFlags) => {
      if (kind === 'latency') {
        if (server === undefined || protocol !== 'meetpunt') {
          throw new AppError(
            'bad_usage',
            'probes need a Meetnet measure server: give --server URL',
          );
        }
        await prepare(edge);
        const { latencyCommand } = await import('./latency-command.ts');
        await latencyCommand(
          edge,
          { server: httpOrigin(server), seconds, json: json === true },
          exit,
        );
        return;
      }
      if (protocol !== 'meetpunt' && server === undefined) {
        throw new AppError('bad_usage', `which ${protocol} server? give --server URL`);
      }
      const { settings, directory, log } = await prepare(edge);
      const { measureAgainst, measureForCollector } = await import('./measure-command.ts');
      const { measurementText, progressWriter } = await import('./progress.ts');
      const { knownOf, loadMemory } = await import('./known.ts');
      const memory = await loadMemory(directory);
      const options = {
        mode,
        known: (of: string) => knownOf(memory, of, systemClock.now()),
        onProgress: progressWriter(edge.stderr, edge.isTerminal),
      };
      const measured =
        server === undefined
          ? await measureForCollector(
              edge,
              await identityOf(directory, settings, log),
              log,
              options,
            )
          : {
              measurement: await measureAgainst(
                edge,
                protocol === 'meetpunt' ? httpOrigin(server) : server,
                settings.position,
                protocol === 'meetpunt' ? options : { ...options, protocol },
              ),
            };
      const { measurement } = measured;
      edge.stdout(json ? `${JSON.stringify(measurement)}\n` : measurementText(measurement));
      if ('undelivered' in measured) throw measured.undelivered;
      if (measurement.failure !== undefined) exit.code = ERRORS.test_failed.exit;
    });
}

/** Throws `bad_usage`. */
function probeSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds >= 1 && seconds <= 300) return seconds;
  throw new AppError('bad_usage', `--seconds must be a number from 1 to 300, not ${text}`);
}

async function identityOf(directory: string, settings: AgentSettings, log: Logger) {
  const identity = await loadIdentity(directory);
  return { ...identity, collector: await collectorOf(directory, settings, identity, log) };
}

/** Throws `bad_usage`. */
function httpOrigin(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.origin;
  throw new AppError(
    'bad_usage',
    `--server must be http://HOST:PORT or https://HOST:PORT of a measure server, not ${text}`,
  );
}

function addCalibrate(program: Command, edge: AgentEdge): void {
  program
    .command('calibrate')
    .description('find out over the loopback whether this device is fast enough to prove a fail')
    .option('--json', 'print what was found as one JSON object')
    .action(async ({ json }: { json?: true }) => {
      const { settings, directory } = await prepare(edge);
      const { calibrateCommand } = await import('./calibrate-command.ts');
      await calibrateCommand(edge, directory, settings.position, json === true);
    });
}
