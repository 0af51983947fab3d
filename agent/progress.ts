// How a test's progress looks to a person: one line that is rewritten on a terminal, a few plain
// lines elsewhere; and its result as text.
import type { DirectionResult, Measurement } from '#shared/model/measurement.ts';
import type { Progress } from './measure/measurer.ts';

const BETWEEN_LINES_MS = 2_000;

export function progressWriter(
  write: (text: string) => void,
  isTerminal: boolean,
): (progress: Progress) => void {
  let last: { readonly phase: string; readonly elapsedMs: number } | undefined;
  return (progress) => {
    const elapsedMs = 'elapsedMs' in progress ? progress.elapsedMs : 0;
    if (progress.phase === 'done') {
      if (isTerminal) write('\r\x1b[K');
      return;
    }
    const isNew = last?.phase !== progress.phase;
    if (!isTerminal && !isNew && elapsedMs - (last?.elapsedMs ?? 0) < BETWEEN_LINES_MS) return;
    last = { phase: progress.phase, elapsedMs };
    write(isTerminal ? `\r\x1b[K${lineOf(progress)}` : `${lineOf(progress)}\n`);
  };
}

function lineOf(progress: Progress): string {
  if (!('elapsedMs' in progress)) return 'round trips …';
  const { phase, elapsedMs, goodput, streams } = progress;
  return `${phase} ${(elapsedMs / 1000).toFixed(1)} s: ${goodput.toFixed(1)} Mbit/s so far, ${streams} streams`;
}

export function measurementText(measurement: Measurement): string {
  const { download, upload, conditions, flags, failure } = measurement;
  const latency = conditions.idleLatency;
  const lines = [
    download === undefined ? [] : [`download  ${directionText(download)}`],
    upload === undefined ? [] : [`upload    ${directionText(upload)}`],
    latency === undefined
      ? []
      : [
          `latency   ${latency.p50Ms.toFixed(1)} ms (least ${latency.minMs.toFixed(1)}), idle${suspicionText(conditions)}`,
        ],
    flags.length === 0
      ? []
      : [
          `flags     ${flags.join(', ')}: can show that the line meets the norm, not that it falls short`,
        ],
    failure === undefined
      ? []
      : [`failed    ${failure.code} during ${failure.operation}: ${failure.message}`],
  ].flat();
  return lines.map((line) => `${line}\n`).join('');
}

function suspicionText({ crossTrafficState, idleBaselineMs }: Measurement['conditions']): string {
  if (crossTrafficState !== 'suspected' || idleBaselineMs === undefined) return '';
  return `; usually ${idleBaselineMs.toFixed(1)}: others seem to use the line`;
}

function directionText({
  ipCapacity,
  interval,
  goodput,
  outcome,
  provisional,
  atLeast,
  bytes,
}: DirectionResult): string {
  const [low, high] = interval.map((bound) => bound.toFixed(1));
  const said = provisional ? `${outcome}, to be confirmed by a second run` : outcome;
  return `${atLeast ? '≥ ' : ''}${ipCapacity.toFixed(1)} Mbit/s at the IP layer (95%: ${low}–${high}; payload ${goodput.toFixed(1)}): ${said}; ${(bytes / 1e6).toFixed(0)} MB`;
}
