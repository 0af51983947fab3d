// Real agent processes for system tests, enrolled by the same commands a person gives.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CollectorProcess, ONE_LOCATION_CSV } from './collector.ts';
import { type Running, start } from './process.ts';

/** Runs a command to its end; resolves with its stdout, rejects with all it said. */
export async function command(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  await using running = start(file, args, env);
  running.child.stdin?.end();
  const code = await running.exited;
  if (code !== 0) {
    throw new Error(
      `${file} ${args.join(' ')}: exit ${code}\n${running.stdout()}\n${running.stderr()}`,
    );
  }
  return running.stdout();
}

/** Imports one location; resolves with a one-time code for it. */
export async function enrolCode(collectorData: string): Promise<string> {
  const file = join(collectorData, 'locations.csv');
  await writeFile(file, ONE_LOCATION_CSV);
  await command('collector/main.ts', ['import', file], { MEETNET_DATA: collectorData });
  const code = await command('collector/main.ts', ['enrol-code', '16SW03'], {
    MEETNET_DATA: collectorData,
  });
  return code.trim();
}

/** Imports one location and enrols an agent at it; the agent keeps its state below `agentData`. */
export async function enrolAgent(
  collector: CollectorProcess,
  collectorData: string,
  agentData: string,
): Promise<void> {
  const code = await enrolCode(collectorData);
  await command('agent/main.ts', ['enroll', '--collector', collector.url, '--code', code], {
    MEETNET_DATA: agentData,
  });
}

export function startAgent(agentData: string, env: Readonly<Record<string, string>> = {}): Running {
  return start('agent/main.ts', ['run'], { MEETNET_DATA: agentData, ...env });
}
