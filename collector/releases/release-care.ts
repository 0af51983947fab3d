// Offers releases to agents over their standing sessions and sends the files, part by part, to so many
// at a time. What is published or changed by a command is seen at the next look.
import type { Ms } from '#shared/model/units.ts';
import { manifestSchema } from '#shared/release/manifest.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { type AgentFrame, RELEASE_PART_BYTES } from '#shared/wire/uplink.ts';
import type { StandingSession } from '../gateway/remote-care.ts';
import type { Device } from '../registry/registry.ts';
import { type Candidate, chooseRelease } from './choose-release.ts';
import type { ReleaseStore, StoredRelease } from './release-store.ts';

export type ReleaseReport = Extract<AgentFrame, { type: 'release_read' | 'release_result' }>;

export interface ReleaseCare {
  /** A standing session is open, and has been welcomed. */
  opened(session: StandingSession): Promise<void>;
  /** Offers what is new to those that are connected. Never rejects. */
  look(): Promise<void>;
  reported(device: Device, report: ReleaseReport): Promise<void>;
}

export interface ReleaseCareOptions {
  readonly releases: ReleaseStore;
  readonly standing: (deviceId: string) => StandingSession | undefined;
  readonly allStanding: () => Iterable<StandingSession>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly log: Logger;
}

export const RELEASES_LOOK_MS: Ms = 2_000;
/** 50 files of 0.8 MB are 40 MB on the way; 9,000 devices are through in some minutes. */
const MAX_AT_ONCE = 50;
/** A device that says nothing for so long makes room for another. */
const PATIENCE_MS: Ms = 300_000;

export function isReleaseReport(report: AgentFrame): report is ReleaseReport {
  return report.type === 'release_read' || report.type === 'release_result';
}

export function createReleaseCare(options: ReleaseCareOptions): ReleaseCare {
  const { releases, standing, allStanding, clock, log } = options;
  /** Devices that were looked at since the list changed, or they connected. */
  const lookedAt = new Set<string>();
  /** Devices that fetch, and until when they are waited for. */
  const fetching = new Map<string, Ms>();
  let seen = '';
  let looking: Promise<void> | undefined;

  const offerTo = async (
    { device, agentVersion, tell }: StandingSession,
    list: readonly (StoredRelease & Candidate)[],
  ) => {
    const answers = await releases.answersOf(device.id);
    const due = chooseRelease(list, { id: device.id, version: agentVersion }, answers);
    if (due === undefined) return;
    const { version, manifest, signature } = due;
    fetching.set(device.id, clock.monotonicMs() + PATIENCE_MS);
    log.info('a release is offered', { deviceId: device.id, version });
    tell({ type: 'release', version, manifest, signature });
  };
  const lookOnce = async () => {
    const all = await releases.all();
    const now = JSON.stringify(all);
    if (now !== seen) lookedAt.clear();
    seen = now;
    const list = all
      .filter(({ withdrawnAt }) => withdrawnAt === null)
      .flatMap((release) => readable(release));
    if (list.length === 0) return;
    for (const [deviceId, untilMs] of fetching) {
      if (untilMs < clock.monotonicMs() || standing(deviceId) === undefined) {
        fetching.delete(deviceId);
      }
    }
    for (const session of allStanding()) {
      if (fetching.size >= MAX_AT_ONCE) return;
      if (!session.takesReleases || lookedAt.has(session.device.id)) continue;
      lookedAt.add(session.device.id);
      await offerTo(session, list);
    }
  };
  const look = () => {
    looking ??= lookOnce()
      .catch((error: unknown) =>
        log.warn('no release could be offered', { error: messageOf(error) }),
      )
      .finally(() => {
        looking = undefined;
      });
    return looking;
  };
  return {
    look,
    opened: ({ device }) => {
      lookedAt.delete(device.id);
      fetching.delete(device.id);
      return look();
    },
    reported: async (device, report) => {
      if (report.type === 'release_read') {
        const { version, file, offset } = report;
        fetching.set(device.id, clock.monotonicMs() + PATIENCE_MS);
        const part = await releases.part(version, file, offset, RELEASE_PART_BYTES);
        const data = Buffer.from(part ?? []).toString('base64');
        standing(device.id)?.tell({ type: 'release_part', version, file, offset, data });
        return;
      }
      const { version, outcome, reason } = report;
      const isBad = outcome === 'refused' || outcome === 'rolled_back';
      log[isBad ? 'warn' : 'info']('a device answers to a release', {
        ...{ deviceId: device.id, version, outcome, reason },
      });
      fetching.delete(device.id);
      await releases.answered({ deviceId: device.id, version, outcome, reason });
      // There may be another one that it takes.
      if (!isBad) return;
      lookedAt.delete(device.id);
      await look();
    },
  };
}

/** `publish` lets nothing else in. */
function readable(release: StoredRelease): (StoredRelease & Candidate)[] {
  const { allowDowngrade } = manifestSchema.parse(JSON.parse(release.manifest));
  return [{ ...release, allowDowngrade }];
}
