// Which release a device is offered. Pure.
import type { EpochMs, Ms } from '#shared/model/units.ts';
import { isInShare } from '#shared/release/rollout.ts';
import { isNewer } from '#shared/release/version-order.ts';
import type { ReleaseAnswer, StoredRelease } from './release-store.ts';

export interface Candidate extends Pick<StoredRelease, 'version' | 'share' | 'withdrawnAt'> {
  readonly allowDowngrade: boolean;
}

/** Most reasons to refuse pass: an older Node, another clock. */
export const REFUSED_FOR_MS: Ms = 86_400_000;

export type KnownAnswer = Pick<ReleaseAnswer, 'version' | 'outcome' | 'answeredAt'>;

/** Until when an answer keeps its release from the device; `Infinity`: for good. */
export function keptUntil({ outcome, answeredAt }: KnownAnswer): EpochMs {
  if (outcome === 'rolled_back') return Number.POSITIVE_INFINITY;
  return outcome === 'refused' ? answeredAt + REFUSED_FOR_MS : Number.NEGATIVE_INFINITY;
}

/**
 * The last published of those that stand and whose share the device is in: undefined when it runs that,
 * went back from it, refused it of late, or runs a newer one that it may not replace.
 */
export function chooseRelease<T extends Candidate>(
  releases: readonly T[],
  device: { readonly id: string; readonly version: string },
  answers: readonly KnownAnswer[],
  now: EpochMs,
): T | undefined {
  const refused = answers.filter((answer) => keptUntil(answer) > now).map(({ version }) => version);
  const due = releases.find(
    ({ version, share, withdrawnAt }) =>
      withdrawnAt === null && isInShare(device.id, version, share) && !refused.includes(version),
  );
  if (due === undefined || due.version === device.version) return undefined;
  return due.allowDowngrade || isNewer(due.version, device.version) ? due : undefined;
}
