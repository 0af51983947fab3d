// The real parts of dossiers over a test's own registry and clock, and dossiers to begin with.
import { randomUUID } from 'node:crypto';
import { type DossierParts, dossierParts } from '#collector/dossier-parts.ts';
import { loadSchemes } from '#collector/dossiers/subsidy/schemes.ts';
import type { LiveEvents } from '#collector/live.ts';
import type { Registry } from '#collector/registry/registry.ts';
import type { Dossier, StandingVerdict } from '#shared/model/dossier.ts';
import type { Verdict } from '#shared/model/verdict.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { systemRandom } from '#shared/runtime/random.ts';
import { silentLog } from './silent-log.ts';

export interface TestPartsOptions {
  readonly registry: Registry;
  readonly events: LiveEvents;
  readonly clock: Clock;
  readonly pagesUrl?: string;
}

export async function testDossierParts(options: TestPartsOptions): Promise<DossierParts> {
  const noFile = { subsidySchemes: undefined, subsidyReading: 'literal' };
  const none = () => Promise.reject(new Error('there is no file'));
  return dossierParts({
    ...options,
    settings: { dossierDeadlines: undefined },
    schemes: await loadSchemes(noFile, none, JSON.parse),
    pagesUrl: () => options.pagesUrl ?? 'https://meetnet.example',
    newId: () => randomUUID(),
    random: systemRandom,
    log: silentLog,
  });
}

/** `below` since the time, on evidence of the four weeks before it. */
export function belowSince(at: number): StandingVerdict {
  return {
    outcome: 'below',
    since: new Date(at).toISOString(),
    evidenceFrom: new Date(at - 28 * 86_400_000).toISOString(),
    normVersion: '500/40-2026.2',
  };
}

/** A dossier as measurements open one. */
export function openDossier(registry: Registry, locationId: string, at: number): Promise<Dossier> {
  return registry.dossiers.append({
    locationId,
    version: 0,
    step: {
      at: new Date(at).toISOString(),
      author: { kind: 'measurement' },
      reason: 'below',
      event: { kind: 'opened', verdict: belowSince(at - 86_400_000) },
    },
  });
}

export function verdictAt(at: number, outcome: Verdict['outcome'], windowDays = 28): Verdict {
  const iso = new Date(at).toISOString();
  const from = new Date(at - windowDays * 86_400_000).toISOString();
  return {
    outcome,
    maatwerk: outcome === 'below',
    reasons: [{ rule: 'capacity_below', n: 20 }],
    evidence: { from, to: iso, tests: 20, capacityIds: [], useIds: [], excluded: {} },
    normVersion: '500/40-2026.2',
    judgedAt: iso,
  };
}
