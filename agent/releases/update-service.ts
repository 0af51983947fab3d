// Takes a release that the collector offers: checked, fetched beside the tests, put on disk, and the
// process ended for the launcher to start it. Once welcomed under it, the release is kept; what was
// given up before is told. Whether and which to take is check-offer.ts's, which to start slots.ts's.
import type { Bytes, Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { createErrands } from '#shared/runtime/errands.ts';
import { messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Service } from '#shared/runtime/service.ts';
import type { Instruction, ReleaseOutcome } from '#shared/wire/uplink.ts';
import type { TestRunner } from '../schedule/test-runner.ts';
import type { Uplink } from '../uplink/uplink-service.ts';
import { AGENT_VERSION } from '../version.ts';
import { checkOffer } from './check-offer.ts';
import { type BesideTests, createFileFetcher, type ReleasePart } from './fetch-file.ts';
import { type SlotFiles, sha256Of } from './slot-files.ts';
import { proved, taken } from './slots.ts';
import { verified } from './verify.ts';

/** Of the process and its settings. */
export interface UpdateWiring {
  /** Ed25519, `x` of its JWK. */
  readonly publicKey: string;
  /** The packaged version, which the launcher is of. */
  readonly base: string;
  /** The release that the launcher started; undefined: the packaged one. */
  readonly release: string | undefined;
  readonly platform: string;
  readonly files: SlotFiles;
  readonly freeBytes: () => Promise<Bytes>;
  /** Stops the agent in order; the service manager starts it anew. */
  readonly restart: (why: string) => void;
}

export interface UpdateOptions extends UpdateWiring {
  readonly deviceId: string;
  readonly nodeVersion: string;
  readonly uplink: Pick<Uplink, 'say' | 'clockOffsetMs'>;
  readonly runner: Pick<TestRunner, 'aside'>;
  /** Of the byte budget. */
  readonly leftBytes: () => Bytes;
  readonly spend: (bytes: Bytes) => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

type Offer = Extract<Instruction, { type: 'release' }>;

export interface Updates {
  readonly service: Service;
  /** Before the service runs nothing is taken. */
  take(instruction: Offer | ReleasePart): void;
  /** The collector has welcomed the agent. */
  welcomed(): void;
  /** The session is over, and its offer with it: the collector may have thought better of it. */
  closed(): void;
}

const BUSY_LOOK_MS: Ms = 10_000;
const LATER_MS: Ms = 600_000;
const KEEP_AGAIN_MS: Ms = 5_000;
const MAX_REASON = 500;

export function createUpdates(options: UpdateOptions): Updates {
  const { files, release, uplink, runner, clock, log } = options;
  const version = release ?? AGENT_VERSION;
  const besideTests: BesideTests = async (work, signal) => {
    for (;;) {
      signal.throwIfAborted();
      let given: AbortSignal | undefined;
      try {
        const done = await runner.aside(async (within) => {
          given = within;
          return { value: await work(within) };
        }, signal);
        if (done !== undefined) return done.value;
      } catch (error) {
        if (signal.aborted || given?.aborted !== true) throw error;
      }
      await clock.sleep(BUSY_LOOK_MS, signal);
    }
  };
  const fetcher = createFileFetcher({ uplink, besideTests, spend: options.spend, clock });
  const errands = createErrands('updates');
  let current = { version: '', stop: new AbortController() };

  /** What is said again at each welcome is logged once: a log is a write. */
  const logged = new Set<string>();
  const say = (of: string, outcome: ReleaseOutcome, reason?: string) => {
    const what = `${of} ${outcome} ${reason}`;
    const level = outcome === 'refused' || outcome === 'rolled_back' ? 'warn' : 'info';
    if (!logged.has(what)) log[level](`a release: ${outcome}`, { version: of, reason });
    logged.add(what);
    uplink.say({
      ...{ type: 'release_result', version: of, outcome },
      ...(reason === undefined ? {} : { reason: reason.slice(0, MAX_REASON) }),
    });
  };
  /** True: there is nothing more to do for this offer. */
  const attempt = async (offer: Offer, signal: AbortSignal): Promise<boolean> => {
    const checked = verified(offer, options.publicKey);
    if ('fault' in checked) {
      say(offer.version, 'refused', checked.fault);
      return true;
    }
    const { manifest } = checked;
    const { deviceId, nodeVersion, platform } = options;
    const state = await files.load();
    if (state.trial?.version === manifest.version) return true;
    const failure = state.failures.find((each) => each.version === manifest.version);
    if (failure !== undefined) {
      say(failure.version, 'rolled_back', failure.reason);
      return true;
    }
    const verdict = checkOffer(manifest, {
      ...{ deviceId, nodeVersion, platform, version },
      now: clock.now() - (uplink.clockOffsetMs() ?? 0),
      freeBytes: await options.freeBytes(),
      leftBytes: options.leftBytes(),
    });
    if ('refused' in verdict) {
      say(manifest.version, 'refused', verdict.refused);
      return true;
    }
    if ('waiting' in verdict) {
      say(manifest.version, 'waiting', verdict.waiting);
      return false;
    }
    log.info('a release is fetched', { version: manifest.version, bytes: verdict.file.sizeBytes });
    const fetched = await fetcher.fetch(manifest.version, verdict.file, signal);
    if ('fault' in fetched) {
      say(manifest.version, 'refused', fetched.fault);
      return true;
    }
    const { bundle } = fetched;
    await besideTests(async () => {
      await files.put(manifest.version, bundle);
      const slot = { version: manifest.version, sha256: sha256Of(bundle), base: options.base };
      await files.save(taken(await files.load(), slot, manifest.trialSeconds));
      log.info('a release is on trial; the agent ends to start it', { version: manifest.version });
      options.restart(`to start release ${manifest.version}`);
    }, signal);
    return true;
  };
  const pursue = async (offer: Offer, signal: AbortSignal) => {
    while (!signal.aborted) {
      const isDone = await attempt(offer, signal).catch((error: unknown) => {
        if (!signal.aborted) say(offer.version, 'waiting', messageOf(error));
        return false;
      });
      if (isDone) return;
      await clock.sleep(LATER_MS, signal).catch(() => {});
    }
  };
  const keepAndTell = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      try {
        const before = await files.load();
        const state = release === undefined ? before : proved(before, release);
        if (state !== before) {
          await files.save(state);
          log.info('the release has proved itself', { version: release });
          await files.sweep(state).catch(() => {});
        }
        if (state.current?.version === release && release !== undefined) say(release, 'installed');
        for (const failure of state.failures) say(failure.version, 'rolled_back', failure.reason);
        return;
      } catch (error) {
        // What is not kept is taken back at the end of the trial.
        log.warn('a release could not be kept yet', { error: messageOf(error) });
        await clock.sleep(KEEP_AGAIN_MS, signal).catch(() => {});
      }
    }
  };
  return {
    service: errands.service,
    take: (instruction) => {
      if (instruction.type === 'release_part') return fetcher.took(instruction);
      errands.start(async (running) => {
        // Offered again; the fetch goes on.
        if (current.version === instruction.version && !current.stop.signal.aborted) return;
        current.stop.abort(new Error('another release is offered'));
        const { version: offered } = instruction;
        const own = { version: offered, stop: new AbortController() };
        current = own;
        const signal = AbortSignal.any([running, own.stop.signal]);
        await pursue(instruction, signal).finally(() => own.stop.abort());
      });
    },
    welcomed: () => void errands.start(keepAndTell),
    closed: () => current.stop.abort(new Error('the session is over; it may be offered again')),
  };
}
