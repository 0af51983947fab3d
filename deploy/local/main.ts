// All of Meetnet on one machine for one person: a collector with its measure server, and one
// agent, enrolled and measuring, in a process of its own as it would be at a school.
import { loadCollectorSettings } from '#collector/config/file.ts';
import { type CollectorEdge, createCollectorEdge } from '#collector/edge.ts';
import { newEnrolmentCode } from '#collector/gateway/enrolment.ts';
import { type Ready, serve } from '#collector/serve.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { createLogger } from '#shared/runtime/log.ts';
import { systemRandom } from '#shared/runtime/random.ts';
import { addOwnLocation, codeForOwnAgent } from './first-run.ts';
import { isEnrolled, localAgent } from './local-agent.ts';

const TOKEN_BYTES = 24;

/** Runs until it is stopped; ends the process with its exit code. */
export async function main(): Promise<void> {
  const edge = createCollectorEdge();
  try {
    await runAll(edge);
    edge.exit(0);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    edge.stderr(`meetnet: ${error.message} (${error.code})\n`);
    edge.exit(error.entry.exit);
  }
}

async function runAll(edge: CollectorEdge): Promise<void> {
  const settings = await loadCollectorSettings(edge.env);
  const log = createLogger({
    level: settings.logLevel,
    format: settings.logFormat,
    clock: systemClock,
    write: edge.stderr,
  });
  // For as long as this runs, kept nowhere.
  const operatorToken = Buffer.from(systemRandom.bytes(TOKEN_BYTES)).toString('base64url');
  let url = '';
  const agent = localAgent({
    ...{ edge, log, data: settings.data, clock: systemClock },
    collector: () => url,
  });
  await serve({
    settings,
    env: edge.env,
    nodePath: edge.nodePath,
    clock: systemClock,
    random: systemRandom,
    log,
    signal: edge.signal,
    operatorToken,
    onReady: async (ready) => {
      url = ready.url;
      await addOwnLocation(ready.registry);
      if (!(await isEnrolled(settings.data))) {
        const code = newEnrolmentCode(systemRandom);
        await codeForOwnAgent(ready.registry, code, systemClock.now());
        await agent.enrol(code);
      }
      edge.stdout(welcome(ready, operatorToken));
    },
    guests: [agent.service],
  });
}

function welcome({ url, setupUrl }: Ready, token: string): string {
  const way =
    setupUrl === undefined
      ? `sign in: with the account that you made, at ${url}`
      : `first account: make it with this one-time link: ${setupUrl}`;
  return [
    '',
    `Meetnet: ${url}`,
    way,
    `token: ${token}`,
    '  (for the API while this runs: Authorization: Bearer TOKEN)',
    'The agent on this machine measures now; its first result is on the page within a minute.',
    'Ctrl-C stops everything.',
    '',
    '',
  ].join('\n');
}

if (import.meta.main) await main();
