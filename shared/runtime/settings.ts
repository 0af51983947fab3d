// Settings from environment variables and a YAML file, checked all at once before anything
// starts. Pure: the edge hands in the environment and the parsed file. Environment wins over file.
import type { z } from 'zod';
import { AppError } from './errors.ts';

export interface Setting<T> {
  /** Environment variable. */
  readonly env: `MEETNET_${string}`;
  /** Key in the YAML file, dots for nesting: `influx.url`. */
  readonly key: string;
  readonly schema: z.ZodType<T>;
  /** Undefined: no default, the setting is optional. */
  readonly fallback: T | undefined;
  /** How the default reads in the table, where it is not its own text. */
  readonly fallbackText?: string;
  readonly meaning: string;
  /** Values that must not reach a log. */
  readonly secret?: true;
}

export type SettingTable = Readonly<Record<string, Setting<unknown>>>;
export type SettingValues<T extends SettingTable> = {
  readonly [K in keyof T]: T[K] extends Setting<infer V>
    ? undefined extends T[K]['fallback']
      ? V | undefined
      : V
    : never;
};

/**
 * Throws `bad_settings` listing every problem at once. `elsewhere`: keys of the file that belong to
 * another program of ours; one that ends in a dot stands for all below it.
 */
export function readSettings<T extends SettingTable>(
  table: T,
  env: Readonly<Record<string, string | undefined>>,
  file: { readonly path: string; readonly content: unknown } | undefined,
  elsewhere: readonly string[] = [],
): SettingValues<T> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  const seenKeys = new Set<string>();
  for (const [name, setting] of Object.entries(table)) {
    seenKeys.add(setting.key);
    const fromEnv = env[setting.env];
    const fromFile = file === undefined ? undefined : dig(file.content, setting.key);
    const raw = fromEnv !== undefined && fromEnv !== '' ? fromEnv : fromFile;
    if (raw === undefined || raw === null) {
      values[name] = setting.fallback;
      continue;
    }
    const parsed = setting.schema.safeParse(raw);
    if (parsed.success) {
      values[name] = parsed.data;
    } else {
      const where =
        raw === fromEnv ? `environment variable ${setting.env}` : `${setting.key} in ${file?.path}`;
      const why = parsed.error.issues.map((issue) => issue.message).join('; ');
      problems.push(`${where}: ${why}${setting.secret ? '' : ` (is ${JSON.stringify(raw)})`}`);
    }
  }
  if (file !== undefined) {
    for (const key of leafKeys(file.content)) {
      const isElsewhere = elsewhere.some((other) =>
        other.endsWith('.') ? key.startsWith(other) : key === other,
      );
      if (!seenKeys.has(key) && !isElsewhere)
        problems.push(`${key} in ${file.path}: no such setting`);
    }
  }
  if (problems.length > 0) {
    throw new AppError(
      'bad_settings',
      `${problems.length} setting(s) cannot be used:\n- ${problems.join('\n- ')}`,
    );
  }
  return values as SettingValues<T>;
}

function dig(content: unknown, key: string): unknown {
  let at = content;
  for (const part of key.split('.')) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string, unknown>)[part];
  }
  return at;
}

function leafKeys(content: unknown, prefix = ''): string[] {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    return prefix === '' ? [] : [prefix];
  }
  return Object.entries(content).flatMap(([key, value]) =>
    leafKeys(value, prefix === '' ? key : `${prefix}.${key}`),
  );
}
