// Another norm over the same evidence: what it is, and what would become of the verdicts. Pure.
import { type Norm, normSchema } from '#shared/model/norm.ts';
import { OUTCOMES, type Outcome } from '#shared/model/verdict.ts';
import { AppError } from '#shared/runtime/errors.ts';

export const WHAT_IF_VERSION = 'what-if';

/**
 * The norm with some of its figures changed: `download=100,upload=20`, or a JSON object with parts of
 * a norm. Throws `bad_usage` that names what is wrong.
 */
export function whatIfNorm(base: Norm, text: string): Norm {
  const changes = text.trim().startsWith('{') ? fromJson(text) : fromPairs(text);
  const unknown = Object.keys(changes).filter((name) => !Object.hasOwn(normSchema.shape, name));
  if (unknown.length > 0) {
    throw new AppError(
      'bad_usage',
      `--what-if: a norm has no ${unknown.join(', ')}; it has ${Object.keys(normSchema.shape).join(', ')}`,
    );
  }
  const parsed = normSchema.safeParse({ ...base, ...changes, version: WHAT_IF_VERSION });
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new AppError('bad_usage', `--what-if: ${faults.join('; ')}`);
}

/** What makes `other` another norm, in words: `500/40, belowShare=0.6`. */
export function whatIfName(base: Norm, other: Norm): string {
  const parts = Object.entries(other)
    .filter(([name]) => !['version', 'download', 'upload'].includes(name))
    .filter(([name, value]) => !isSame(value, base[name as keyof Norm]))
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`);
  return [`${other.download}/${other.upload}`, ...parts].join(', ');
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function fromPairs(text: string): Record<string, unknown> {
  const pairs = text.split(',').map((pair) => {
    const [name = '', value = ''] = pair.split('=').map((part) => part.trim());
    if (name !== '' && (value === 'true' || value === 'false')) {
      return [name, value === 'true'] as const;
    }
    if (name !== '' && value !== '' && Number.isFinite(Number(value))) {
      return [name, Number(value)] as const;
    }
    throw new AppError(
      'bad_usage',
      `--what-if takes NAME=NUMBER,… (or =true, =false) such as download=100,upload=20, or a JSON file; not ${pair}`,
    );
  });
  return Object.fromEntries(pairs);
}

function fromJson(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('bad_usage', '--what-if: the file is not valid JSON', { cause });
  }
}

/** How many locations go from one outcome to another. */
export type ChangeTable = Readonly<Record<Outcome, Readonly<Record<Outcome, number>>>>;

export function changeTable(changes: Iterable<readonly [from: Outcome, to: Outcome]>): ChangeTable {
  const none = () => Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0]));
  const table = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, none()])) as Record<
    Outcome,
    Record<Outcome, number>
  >;
  for (const [from, to] of changes) table[from][to] += 1;
  return table;
}
