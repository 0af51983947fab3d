// The commands that tell a person how this device does and what is wrong with it; without root.
import type { Command } from 'commander';
import { systemClock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { AgentEdge } from './edge.ts';
import { loadIdentity, shownIdentity } from './identity/identity.ts';
import { collectorOf, prepare } from './prepare.ts';

export function addStatus(program: Command, edge: AgentEdge): void {
  program
    .command('status')
    .description('say how this device does')
    .option('--json', 'print it as one JSON object')
    .action(async ({ json }: { json?: true }) => {
      const { settings, directory } = await prepare(edge);
      const { loadCalibration } = await import('./measure/calibration/calibration-file.ts');
      const { loadPlan } = await import('./last-plan.ts');
      const { readStatusFile } = await import('./health/status-file.ts');
      const { isAlive } = await import('./health/is-alive.ts');
      const { openHostFiles } = await import('./measure/environment/host-files.ts');
      const { statusOf, statusText } = await import('./health/status.ts');
      const file = await readStatusFile(directory);
      const identity = await loadIdentity(directory).then(shownIdentity, (error: unknown) => {
        if (!(error instanceof AppError)) throw error;
        if (error.code === 'not_enrolled') return undefined;
        // Not this user's to read, but the agent has left behind who it is.
        if (isNotOurs(error) && file?.identity !== undefined) return file.identity;
        throw error;
      });
      const alive = file === undefined ? undefined : isAlive(openHostFiles(), file.pid);
      const status = statusOf({
        ...{ identity, file, now: systemClock.now() },
        ...(alive === undefined ? {} : { isAlive: alive }),
        calibration: await loadCalibration(directory),
        norm: (await loadPlan(directory, settings.position)).norm,
      });
      edge.stdout(json ? `${JSON.stringify(status)}\n` : statusText(status));
    });
}

function isNotOurs({ cause }: AppError): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'EACCES';
}

export function addDoctor(program: Command, edge: AgentEdge, exit: { code: number }): void {
  program
    .command('doctor')
    .description('say whether this machine is fit to measure, and what to mend')
    .option('--json', 'print the checks as one JSON array')
    .action(async ({ json }: { json?: true }) => {
      const { settings, directory } = await prepare(edge);
      const { checkHost, checksText } = await import('./health/checks.ts');
      const { probeHost } = await import('./health/probe-host.ts');
      const { loadPlan } = await import('./last-plan.ts');
      const { createOutbound } = await import('./network/outbound.ts');
      const { readStatusFile } = await import('./health/status-file.ts');
      const enrolled = await loadIdentity(directory).catch(
        // Not for everyone to read; the running agent has left behind what is.
        async () => (await readStatusFile(directory))?.identity,
      );
      using outbound = createOutbound({ env: edge.env, clock: systemClock });
      const facts = await probeHost({
        directory,
        collector:
          enrolled === undefined
            ? settings.collector
            : await collectorOf(directory, settings, enrolled),
        nodeVersion: edge.nodeVersion,
        ...{ outbound, env: edge.env, clock: systemClock, signal: edge.signal },
      });
      const checks = checkHost(facts, (await loadPlan(directory, settings.position)).norm);
      edge.stdout(json ? `${JSON.stringify(checks)}\n` : checksText(checks));
      if (checks.some(({ result }) => result === 'fail')) exit.code = 1;
    });
}
