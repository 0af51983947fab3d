// The launcher of an installed agent: starts the release that is due, or the packaged bundle beside
// it, in this same process. A door to the process of its own: the agent's edge belongs to what it
// starts. Without packages, and small: it is loaded at each start.
import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type Launch,
  noteCrash,
  noteLongRun,
  releaseOfCommand,
  releaseToRun,
  trialOver,
} from './releases/launch-release.ts';
import { openSlotFiles, RESTART_EXIT } from './releases/slot-files.ts';
import { LONG_RUN_MS, type Slot, type Trial } from './releases/slots.ts';
import { AGENT_VERSION } from './version.ts';

const PACKAGED = join(dirname(import.meta.filename), 'meetnet-agent.mjs');
const SECOND_MS = 1_000;

const warn = (text: string) => void process.stderr.write(`meetnet-agent: ${text}\n`);
const files = openSlotFiles(join(resolve(process.env.MEETNET_DATA ?? './data'), 'agent'));
const launch: Launch = {
  ...{ files, base: AGENT_VERSION, warn },
  // Root may look at another user's agent; it must not run what that user wrote.
  isOwn: async (slot) => {
    const owner = await stat(files.pathOf(slot)).catch(() => undefined);
    return owner === undefined || owner.uid === process.getuid?.();
  },
};
const isStanding = process.argv[2] === 'run';
const slot = isStanding ? await releaseToRun(launch) : await releaseOfCommand(launch);
if (isStanding) {
  process.env.MEETNET_LAUNCHER = AGENT_VERSION;
  if (slot !== undefined) process.env.MEETNET_RELEASE = slot.version;
  if (slot !== undefined && 'trialSeconds' in slot) watchTrial(slot as Trial);
  else if (slot !== undefined) watchLongRun(slot);
}
try {
  await import(pathToFileURL(slot === undefined ? PACKAGED : files.pathOf(slot)).href);
} catch (error) {
  if (isStanding && slot !== undefined) await noteCrash(launch, slot, error).catch(() => {});
  throw error;
}

function watchLongRun(current: Slot): void {
  setTimeout(() => {
    noteLongRun(launch, current).catch((error: unknown) =>
      warn(`a long run could not be noted: ${error}`),
    );
  }, LONG_RUN_MS).unref();
}

/** Kept here, by the version that works: one that is no good might not keep its own. */
function watchTrial(trial: Slot & Pick<Trial, 'trialSeconds'>): void {
  setTimeout(() => {
    trialOver(launch, trial).then(
      (isOver) => {
        if (!isOver) return;
        warn(`release ${trial.version} was not welcomed in time; going back`);
        process.exit(RESTART_EXIT);
      },
      (error: unknown) => warn(`the trial could not be ended: ${error}`),
    );
  }, trial.trialSeconds * SECOND_MS).unref();
}
