// Which release a device is offered. Pure.
import { isInShare } from '#shared/release/rollout.ts';
import { isNewer } from '#shared/release/version-order.ts';
import type { ReleaseAnswer, StoredRelease } from './release-store.ts';

export interface Candidate extends Pick<StoredRelease, 'version' | 'share' | 'withdrawnAt'> {
  readonly allowDowngrade: boolean;
}

/**
 * The last published of those that stand and whose share the device is in: undefined when it runs that,
 * said no to it, or runs a newer one that it may not replace.
 */
export function chooseRelease<T extends Candidate>(
  releases: readonly T[],
  device: { readonly id: string; readonly version: string },
  answers: readonly Pick<ReleaseAnswer, 'version' | 'outcome'>[],
): T | undefined {
  const refused = answers
    .filter(({ outcome }) => outcome === 'refused' || outcome === 'rolled_back')
    .map(({ version }) => version);
  const due = releases.find(
    ({ version, share, withdrawnAt }) =>
      withdrawnAt === null && isInShare(device.id, version, share) && !refused.includes(version),
  );
  if (due === undefined || due.version === device.version) return undefined;
  return due.allowDowngrade || isNewer(due.version, device.version) ? due : undefined;
}
