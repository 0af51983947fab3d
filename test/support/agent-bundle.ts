// The agent as it is installed: the built bundle, under a Node that is named.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** A calibration is the longest that a command makes. */
const DEADLINE_MS = 60_000;

export interface InstalledAgent {
  /** Node and the bundle, or a launcher. */
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
}

/** Resolves with stdout; `exit` is what a command may end with besides 0. */
export async function runInstalled(
  { command: [program, ...before], env }: InstalledAgent,
  args: readonly string[],
  exit: readonly number[] = [],
): Promise<string> {
  try {
    const { stdout } = await run(program, [...before, ...args], { env, timeout: DEADLINE_MS });
    return stdout;
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: number; stdout: string; stderr: string };
    if (code !== undefined && exit.includes(code)) return stdout;
    throw new Error(`${program} ${args.join(' ')}: ${code}\n${stdout}\n${stderr}`);
  }
}
