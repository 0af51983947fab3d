// `calibrate`, by hand, at enrolment, and as the standing agent's child; and the hidden command that is
// its other end.
import type { Calibration } from '#shared/model/calibration.ts';
import type { Position } from '#shared/model/location.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import type { AgentEdge } from './edge.ts';
import { isAlive } from './health/is-alive.ts';
import { readStatusFile, STATUS_STALE_MS } from './health/status-file.ts';
import { loadPlan } from './last-plan.ts';
import { saveCalibration } from './measure/calibration/calibration-file.ts';
import { calibrationText } from './measure/calibration/calibration-text.ts';
import { openLoopbackPeer } from './measure/calibration/loopback-peer.ts';
import { selfTest } from './measure/calibration/self-test.ts';
import { openHostFiles } from './measure/environment/host-files.ts';
import { AGENT_VERSION } from './version.ts';

/** Kept in `directory` when it resolves. Throws `conflict`, `test_failed`, `data_directory`. */
export async function calibrate(edge: AgentEdge, directory: string): Promise<Calibration> {
  await refuseBesideTest(directory, 'try again in a minute');
  const calibration = await selfTest(
    {
      ...{
        nodePath: edge.nodePath,
        peerArguments: [edge.mainPath, 'loopback-peer'],
        env: edge.env,
      },
      ...{ clock: systemClock, agentVersion: AGENT_VERSION, nodeVersion: edge.nodeVersion },
    },
    edge.signal,
  );
  await refuseBesideTest(directory, 'what was found is not kept; try again in a minute');
  await saveCalibration(directory, calibration);
  return calibration;
}

/** The standing agent's test would hold this back, and this its test. */
async function refuseBesideTest(directory: string, advice: string): Promise<void> {
  const status = await readStatusFile(directory);
  if (status?.testing !== true) return;
  const ageMs = systemClock.now() - Date.parse(status.writtenAt);
  // An agent that was killed in a test leaves its last word.
  if (ageMs > STATUS_STALE_MS || isAlive(openHostFiles(), status.pid) === false) return;
  throw new AppError('conflict', `this device is testing the line; ${advice}`);
}

export async function calibrateCommand(
  edge: AgentEdge,
  directory: string,
  position: Position,
  json: boolean,
): Promise<void> {
  const calibration = await calibrate(edge, directory);
  const { norm } = await loadPlan(directory, position);
  edge.stdout(
    json ? `${JSON.stringify(calibration)}\n` : `${calibrationText(calibration, norm)}\n`,
  );
}

/** An enrolment stands whatever becomes of this. */
export async function calibrateAtEnrolment(
  edge: AgentEdge,
  directory: string,
  position: Position,
): Promise<void> {
  edge.stderr('calibrating over the loopback, some 8 s …\n');
  try {
    await calibrateCommand(edge, directory, position, false);
  } catch (error) {
    edge.stderr(
      `meetnet-agent: not calibrated (${messageOf(error)}); the agent does so when it runs, or now: meetnet-agent calibrate\n`,
    );
  }
}

/** Until whoever started this is gone. */
export async function loopbackPeer(edge: AgentEdge): Promise<void> {
  const over = AbortSignal.any([edge.signal, edge.stdinEnded()]);
  await using peer = await openLoopbackPeer(systemClock);
  edge.stdout(`${peer.port}\n`);
  await new Promise<void>((resolve) => {
    if (over.aborted) resolve();
    over.addEventListener('abort', () => resolve(), { once: true });
  });
}
