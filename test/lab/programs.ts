// The product's own programs at the two ends of a lab's link, as an operator would start them.
import { type ChildProcess, spawn } from 'node:child_process';
import { type Measurement, measurementSchema } from '#shared/model/measurement.ts';
import { ROOT } from '#test/support/process.ts';
import type { ShapedLink } from './shaped-link.ts';

const PORT = 9000;

/** An open measure server at the far end; its origin once it listens. */
export async function serve(link: ShapedLink, env: Record<string, string> = {}): Promise<string> {
  const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const server = link.spawn('far', 'env', [
    ...settings,
    ...[process.execPath, 'collector/main.ts', 'meetpunt', '--open'],
    ...['--host', link.farAddress, '--port', String(PORT)],
  ]);
  await new Promise<void>((resolve, reject) => {
    server.stdout?.on('data', (chunk) => String(chunk).includes('Meetpunt') && resolve());
    server.on('close', (code) => reject(new Error(`the measure server ended with ${code}`)));
  });
  return `http://${link.farAddress}:${PORT}`;
}

/** The agent's command at the near end; its measurement, also where that is a failure. */
export function measureAt(
  link: ShapedLink,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Measurement> {
  const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return measurementOf(
    link.spawn('near', 'env', [
      ...settings,
      ...[process.execPath, 'agent/main.ts', 'measure', '--json', ...args],
    ]),
  );
}

/** The same, started by a command of the caller's. */
export function measureUnder(command: string, args: readonly string[]): Promise<Measurement> {
  return measurementOf(spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** What a program says to its end. Rejects with its complaints when it says nothing. */
export function commandOutput(command: string, args: readonly string[]): Promise<string> {
  return outputOf(spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] }));
}

async function measurementOf(agent: ChildProcess): Promise<Measurement> {
  return measurementSchema.parse(JSON.parse(await outputOf(agent)));
}

async function outputOf(agent: ChildProcess): Promise<string> {
  let said = '';
  let complaints = '';
  agent.stdout?.on('data', (chunk) => (said += chunk));
  agent.stderr?.on('data', (chunk) => (complaints += chunk));
  const code = await new Promise((resolve) => agent.on('close', resolve));
  if (said === '') throw new Error(`the agent ended with ${code}\n${complaints}`);
  return said;
}
