// Measures in a short-lived process: what a test needs is loaded there and gone with it, and a test
// that hangs is ended from outside. The child ends itself when this process is gone (its stdin).
import { type ChildProcess, spawn } from 'node:child_process';
import { z } from 'zod';
import type { FailureCode } from '#shared/model/failure.ts';
import { type Measurement, measurementSchema } from '#shared/model/measurement.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { endChild } from './end-child.ts';
import { failedMeasurement } from './failed-measurement.ts';
import type { MeasureRequest, Measurer, Progress } from './measurer.ts';

export interface ChildMeasurerOptions {
  readonly nodePath: string;
  /** Arguments that start the job: the agent's main file and its hidden command. */
  readonly jobArguments: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly agentVersion: string;
  readonly nodeVersion: string;
  /** Above all deadlines within a test together: port, quiet line, pings, two directions. */
  readonly limitMs?: number;
}

/** What the job writes, one JSON object a line. */
const jobLineSchema = z.union([
  z.object({ progress: z.unknown() }),
  z.object({ measurement: measurementSchema }),
]);

const LIMIT_MS = 130_000;
/** A job that fails says why in its last words; more is of no use. */
const LAST_WORDS = 400;

export class ChildMeasurer implements Measurer {
  readonly #options: ChildMeasurerOptions;

  constructor(options: ChildMeasurerOptions) {
    this.#options = options;
  }

  async measure(
    request: MeasureRequest,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void = () => {},
  ): Promise<Measurement> {
    const { clock, limitMs = LIMIT_MS } = this.#options;
    const startedAt = new Date(clock.now()).toISOString();
    const start = clock.monotonicMs();
    const failed = (code: FailureCode, message: string): Measurement =>
      failedMeasurement(
        request,
        {
          id: this.#options.newId(),
          startedAt,
          durationMs: Math.round(clock.monotonicMs() - start),
          agentVersion: this.#options.agentVersion,
          nodeVersion: this.#options.nodeVersion,
        },
        { code, operation: 'test', message },
      );
    const child = this.#start(request);
    const over = new AbortController();
    const limit = clock.sleep(limitMs, over.signal).then(() => 'late' as const);
    const stopped = new Promise<'stopped'>((resolve) => {
      if (signal.aborted) resolve('stopped');
      signal.addEventListener('abort', () => resolve('stopped'), {
        once: true,
        signal: over.signal,
      });
    });
    limit.catch(() => {});
    try {
      const end = await Promise.race([collect(child, onProgress), limit, stopped]);
      if (end === 'late')
        return failed('test_timed_out', `the test was ended after ${limitMs / 1000} s`);
      if (end === 'stopped') return failed('stopped', 'the test was stopped');
      if ('measurement' in end) return end.measurement;
      return failed(
        'unknown_failure',
        `the measuring process ended without a result: ${end.lastWords}`,
      );
    } finally {
      over.abort();
      await endChild(child, clock);
    }
  }

  #start(request: MeasureRequest): ChildProcess {
    const { nodePath, jobArguments, env } = this.#options;
    const child = spawn(nodePath, jobArguments, {
      env: { ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // A child that is gone before it has read its job shows in its exit.
    child.stdin?.on('error', () => {});
    child.stdin?.write(`${JSON.stringify(request)}\n`);
    return child;
  }
}

type JobEnd = { readonly measurement: Measurement } | { readonly lastWords: string };

function collect(child: ChildProcess, onProgress: (progress: Progress) => void): Promise<JobEnd> {
  return new Promise((resolve) => {
    let rest = '';
    let words = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const parsed = jobLineSchema.safeParse(jsonOf(line));
        if (!parsed.success) words = `${words}${line}\n`.slice(-LAST_WORDS);
        // A job that then lingers takes nothing from a result that is there.
        else if ('measurement' in parsed.data) resolve({ measurement: parsed.data.measurement });
        else onProgress(parsed.data.progress as Progress);
      }
    });
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      words = (words + chunk).slice(-LAST_WORDS);
    });
    child.on('error', (error) => resolve({ lastWords: error.message }));
    child.on('close', (code, signal) =>
      resolve({ lastWords: `exit ${code ?? signal}; ${words.trim()}` }),
    );
  });
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
