// What the kernel says of a process: memory, processor time, bytes to disk.
import { readFile } from 'node:fs/promises';
import type { Bytes, Ms } from '#shared/model/units.ts';

export interface ProcessFigures {
  /** Its own memory, and of what it shares the part that falls to it (proc(5), smaps_rollup). */
  readonly pssBytes: Bytes;
  /** Of them, what no other process has. */
  readonly privateBytes: Bytes;
  /** User and system, since its start; its ended children are not in it. */
  readonly cpuMs: Ms;
  /** Handed to the block layer on its behalf; 0 on a tmpfs. */
  readonly writtenBytes: Bytes;
}

/** USER_HZ is 100 on every Linux that Node runs on. */
const TICK_MS = 10;

export async function figuresOf(pid: number): Promise<ProcessFigures> {
  const [memory, stat, io] = await Promise.all(
    ['smaps_rollup', 'stat', 'io'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8')),
  );
  // The name, in parentheses, may hold spaces; utime and stime are the 14th and 15th field.
  const fields = (stat ?? '').slice((stat ?? '').lastIndexOf(')') + 2).split(' ');
  const numberIn = (text: string | undefined, name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text ?? '')?.[1] ?? Number.NaN);
  return {
    pssBytes: 1024 * numberIn(memory, 'Pss'),
    privateBytes: 1024 * (numberIn(memory, 'Private_Clean') + numberIn(memory, 'Private_Dirty')),
    cpuMs: TICK_MS * (Number(fields[11]) + Number(fields[12])),
    writtenBytes: numberIn(io, 'write_bytes'),
  };
}
