// A file of data that a setting names (subsidy schemes, school holidays): read, parsed, checked, and
// every fault told at once. Reading and parsing are handed in by the edge.
import type { z } from 'zod';
import { AppError, messageOf } from './errors.ts';

export interface DataFile<T> {
  readonly path: string;
  /** Environment variable that named it. */
  readonly env: `MEETNET_${string}`;
  /** What it is to hold, in the plural: `subsidy schemes`. */
  readonly what: string;
  readonly schema: z.ZodType<T>;
}

export interface FileReading {
  readonly read: (path: string) => Promise<string>;
  /** Of YAML, and so of JSON. */
  readonly parse: (text: string) => unknown;
}

/** Throws `bad_settings` listing every fault of the file. */
export async function readDataFile<T>(
  { path, env, what, schema }: DataFile<T>,
  { read, parse }: FileReading,
): Promise<T> {
  let content: unknown;
  try {
    content = parse(await read(path));
  } catch (cause) {
    throw new AppError(
      'bad_settings',
      `the ${what} of ${env}, ${path}, cannot be read: ${messageOf(cause)}`,
      { cause },
    );
  }
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(
    ({ path: at, message }) => `- ${at.map(String).join('.') || 'the file'}: ${message}`,
  );
  throw new AppError(
    'bad_settings',
    `${path} holds no ${what} that can be used:\n${faults.join('\n')}`,
  );
}
