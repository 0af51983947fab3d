// Calibrates in a short-lived process: the standing agent stays small, and what hangs is ended from outside.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Calibration, calibrationSchema } from '#shared/model/calibration.ts';

export interface CalibrationChildOptions {
  readonly nodePath: string;
  /** Arguments that start the job: the agent's main file and its command, which prints one JSON object. */
  readonly jobArguments: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

const run = promisify(execFile);
/** Above all deadlines of a self-test together. */
const LIMIT_MS = 150_000;

/** Rejects when it could not be made, with what the child said, and when `signal` broke it off. */
export async function calibrateInChild(
  { nodePath, jobArguments, env }: CalibrationChildOptions,
  signal: AbortSignal,
): Promise<Calibration> {
  const { stdout } = await run(nodePath, jobArguments, {
    ...{ env: { ...env }, signal, timeout: LIMIT_MS },
    // It writes its file in one step, and its other end goes with it.
    killSignal: 'SIGKILL',
  });
  return calibrationSchema.parse(JSON.parse(stdout));
}
