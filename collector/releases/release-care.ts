// Offers releases to agents over their standing sessions and sends the files, part by part, to so many
// at a time. What is published or changed by a command is seen at the next look.
import type { EpochMs, Ms } from '#shared/model/units.ts';
import { manifestSchema } from '#shared/release/manifest.ts';
import { isInShare } from '#shared/release/rollout.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { type AgentFrame, RELEASE_PART_BYTES } from '#shared/wire/uplink.ts';
import type { StandingSession } from '../gateway/remote-care.ts';
import type { Device } from '../registry/registry.ts';
import { type Candidate, chooseRelease, keptUntil } from './choose-release.ts';
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
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
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
  /** Devices that were looked at since the list changed, or they connected, and until when that holds. */
  const lookedAt = new Map<string, EpochMs>();
  /** Devices that fetch, and until when they are waited for. */
  const fetching = new Map<string, { readonly version: string; readonly untilMs: Ms }>();
  let seen = '';
  let looking: Promise<void> | undefined;

  const fetches = (deviceId: string, version: string) =>
    fetching.set(deviceId, { version, untilMs: clock.monotonicMs() + PATIENCE_MS });
  const hasRoomFor = (deviceId: string) => {
    for (const [id, { untilMs }] of fetching) {
      if (untilMs < clock.monotonicMs() || standing(id) === undefined) fetching.delete(id);
    }
    return fetching.has(deviceId) || fetching.size < MAX_AT_ONCE;
  };
  /** A device may have been offered it when that was still so. */
  const mayRead = async (deviceId: string, wanted: string) => {
    const release = (await releases.all()).find(({ version }) => version === wanted);
    return (
      release !== undefined &&
      release.withdrawnAt === null &&
      isInShare(deviceId, wanted, release.share) &&
      hasRoomFor(deviceId)
    );
  };
  const offerTo = async (
    { device, agentVersion, tell }: StandingSession,
    list: readonly (StoredRelease & Candidate)[],
  ) => {
    lookedAt.set(device.id, Number.POSITIVE_INFINITY);
    const answers = await releases.answersOf(device.id);
    const now = clock.now();
    const due = chooseRelease(list, { id: device.id, version: agentVersion }, answers, now);
    const ends = answers.map(keptUntil).filter((until) => until > now);
    // Not where it is to be looked at again already.
    if (lookedAt.has(device.id)) {
      lookedAt.set(device.id, Math.min(Number.POSITIVE_INFINITY, ...ends));
    }
    if (due === undefined) return;
    const { version, manifest, signature } = due;
    fetches(device.id, version);
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
    for (const session of allStanding()) {
      const { id } = session.device;
      if (!session.takesReleases || (lookedAt.get(id) ?? 0) > clock.now()) continue;
      if (!hasRoomFor(id)) return;
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
        // Silence: an empty part would be the end of the file, and the release refused.
        if (!(await mayRead(device.id, version))) return;
        fetches(device.id, version);
        const part = await releases.part(version, file, offset, RELEASE_PART_BYTES);
        const data = Buffer.from(part ?? []).toString('base64');
        standing(device.id)?.tell({ type: 'release_part', version, file, offset, data });
        return;
      }
      const { version, outcome, reason } = report;
      if (fetching.get(device.id)?.version === version) fetching.delete(device.id);
      const known = (await releases.answersOf(device.id)).find((each) => each.version === version);
      const isSame = known?.outcome === outcome && known.reason === (reason ?? null);
      // Said again at each welcome. A refusal counts from when it was said last.
      if (isSame && outcome !== 'refused') return;
      const isBad = outcome === 'refused' || outcome === 'rolled_back';
      log[isBad ? 'warn' : 'info']('a device answers to a release', {
        ...{ deviceId: device.id, version, outcome, reason },
      });
      await releases.answered({ deviceId: device.id, version, outcome, reason });
      // There may be another one that it takes.
      if (!isBad) return;
      lookedAt.delete(device.id);
      await look();
    },
  };
}

/** What an earlier collector let in may be no manifest any more. */
function readable(release: StoredRelease): (StoredRelease & Candidate)[] {
  const { success, data } = manifestSchema.safeParse(JSON.parse(release.manifest));
  return success ? [{ ...release, allowDowngrade: data.allowDowngrade }] : [];
}
