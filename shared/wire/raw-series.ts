// A direction's counters as the estimator had them, as steps in varints (LEB128) that the caller packs;
// times are whole tenths of a ms, so that what is kept is just what was judged.
export interface RawSample {
  readonly elapsedMs: number;
  readonly bytes: number;
}

const PER_MS = 10;
const BITS = 7;
const MORE = 0x80;

/** The same time on the grid of what is kept. */
export function onGrid(elapsedMs: number): number {
  return Math.round(elapsedMs * PER_MS) / PER_MS;
}

/** Cumulative, times on the grid and neither falling. Throws `RangeError` for others. */
export function encodeSamples(samples: readonly RawSample[]): Uint8Array {
  const out: number[] = [];
  let [lastTicks, lastBytes] = [0, 0];
  for (const { elapsedMs, bytes } of samples) {
    const ticks = Math.round(elapsedMs * PER_MS);
    if (ticks < lastTicks || bytes < lastBytes || !Number.isSafeInteger(bytes)) {
      throw new RangeError(`counters must not fall: ${bytes} bytes at ${elapsedMs} ms`);
    }
    push(out, ticks - lastTicks);
    push(out, bytes - lastBytes);
    [lastTicks, lastBytes] = [ticks, bytes];
  }
  return Uint8Array.from(out);
}

/** Throws `RangeError` for what `encodeSamples` does not write. */
export function decodeSamples(steps: Uint8Array): RawSample[] {
  const samples: RawSample[] = [];
  let [ticks, bytes, offset] = [0, 0, 0];
  const next = () => {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = steps[offset];
      if (byte === undefined) throw new RangeError('the counters end in the middle of a number');
      offset += 1;
      value += (byte & ~MORE) * scale;
      if (!Number.isSafeInteger(value)) throw new RangeError('a counter is out of range');
      if ((byte & MORE) === 0) return value;
      scale *= 2 ** BITS;
    }
  };
  while (offset < steps.length) {
    ticks += next();
    bytes += next();
    samples.push({ elapsedMs: ticks / PER_MS, bytes });
  }
  return samples;
}

function push(out: number[], value: number): void {
  let rest = value;
  while (rest >= MORE) {
    out.push((rest % MORE) | MORE);
    rest = Math.floor(rest / MORE);
  }
  out.push(rest);
}
