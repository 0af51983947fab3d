// Brings DUO's files into the registry in one transaction, or says what that would change.
import type { Sector } from '#shared/model/location.ts';
import type { EpochMs } from '#shared/model/units.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { ImportPlan } from '#shared/wire/import.ts';
import type { Registry } from '../registry/registry.ts';
import { type PlanOptions, planImport } from './plan.ts';
import { type ImportedFacts, type ImportFile, readFiles } from './read-files.ts';

export interface ImportOptions extends PlanOptions {
  readonly mode: 'write' | 'preview';
  /** Closes however many locations are in no file. */
  readonly closeMany?: boolean;
  /** The plan as it was shown, without a choice of merges: anything else is refused. */
  readonly expected?: ImportPlan;
}

/**
 * A month closes some ten of 9,000. More than this share of those that the files cover, and more
 * than a few, looks like a file that was cut off.
 */
const MOST_CLOSED_SHARE = 0.05;
const FEW = 10;

/** Throws `bad_import`; then nothing was changed. `conflict`: what is known is no longer as shown. */
export function importFacts(
  registry: Pick<Registry, 'changeLocations'>,
  facts: ImportedFacts,
  now: EpochMs,
  { mode, closeMany = false, expected, ...options }: ImportOptions,
): Promise<ImportPlan> {
  return registry.changeLocations((state) => {
    const { plan, changes } = planImport(facts, state, now, options);
    const warning = tooManyClosed(plan);
    if (mode === 'preview') {
      const notes = warning === undefined ? plan.notes : [...plan.notes, warning];
      return { result: { ...plan, notes } };
    }
    if (warning !== undefined && !closeMany) throw new AppError('bad_import', warning);
    // What a person answers to the preview, the merges, is no part of what was shown.
    const shown = expected === undefined ? undefined : planImport(facts, state, now).plan;
    if (expected !== undefined && shown !== undefined && !isSamePlan(shown, expected)) {
      throw new AppError(
        'conflict',
        'the registry changed since the preview, so this import would do something else; preview it again',
      );
    }
    return { result: plan, changes };
  });
}

export async function importFiles(
  registry: Pick<Registry, 'changeLocations'>,
  files: readonly ImportFile[],
  now: EpochMs,
  { sector, ...options }: ImportOptions & { readonly sector?: Sector },
): Promise<ImportPlan> {
  return importFacts(registry, readFiles(files, sector), now, options);
}

/** Locations whose lines came from elsewhere: their evidence is another. */
export function changedEvidence(plan: ImportPlan): readonly string[] {
  return [...new Set(plan.locations.merged.filter(({ applied }) => applied).map(({ to }) => to))];
}

function tooManyClosed({ locations, coverage }: ImportPlan): string | undefined {
  const open = coverage.reduce((sum, each) => sum + each.open, 0);
  const { length } = locations.closed;
  if (length <= Math.max(FEW, open * MOST_CLOSED_SHARE)) return undefined;
  return `${length} of ${open} open locations are in no file and would be closed, the first ${locations.closed[0]?.id}; if the files are whole, import them with --close-many (API: closeMany)`;
}

/** Devices that were enrolled since do not make it another. */
function isSamePlan(one: ImportPlan, other: ImportPlan): boolean {
  const essence = ({ boards, locations, coverage }: ImportPlan) => {
    const { merged, closed, reopened, ...rest } = locations;
    const ids = [closed, reopened].map((places) => places.map(({ id }) => id));
    const pairs = merged.map(({ from, to, basis }) => [from, to, basis]);
    return JSON.stringify([boards, rest, ids, pairs, coverage]);
  };
  return essence(one) === essence(other);
}
