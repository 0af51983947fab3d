// `measure --kind latency`: probes to a named server, shown at once.
import { randomUUID } from 'node:crypto';
import type { Measurement } from '#shared/model/measurement.ts';
import { DEFAULT_PROBES } from '#shared/model/plan.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { ERRORS } from '#shared/runtime/errors.ts';
import { systemRandom } from '#shared/runtime/random.ts';
import type { AgentEdge } from './edge.ts';
import { measureLatency } from './measure/latency/measure-latency.ts';
import { newId } from './new-id.ts';
import { AGENT_VERSION } from './version.ts';

export interface LatencyCommand {
  readonly server: string;
  readonly seconds: number;
  readonly json: boolean;
}

export async function latencyCommand(
  edge: AgentEdge,
  { server, seconds, json }: LatencyCommand,
  exit: { code: number },
): Promise<void> {
  const measurement = await measureLatency(
    { deviceId: randomUUID(), server, perSecond: DEFAULT_PROBES.perSecond, seconds },
    {
      clock: systemClock,
      random: systemRandom,
      newId: () => newId(),
      agentVersion: AGENT_VERSION,
      nodeVersion: edge.nodeVersion,
    },
    edge.signal,
  );
  if (measurement === undefined) throw edge.signal.reason;
  edge.stdout(json ? `${JSON.stringify(measurement)}\n` : latencyText(measurement));
  if (measurement.failure !== undefined) exit.code = ERRORS.test_failed.exit;
}

/** For a person at a terminal. */
export function latencyText({ latency, failure }: Measurement): string {
  const lines = (latency?.lookups ?? []).map(
    ({ name, ms, failure: why }) => `lookup of ${name}: ${ms === undefined ? why : `${ms} ms`}`,
  );
  const { probes } = latency ?? {};
  if (probes !== undefined) {
    const { roundTrip, variation, loss } = probes;
    lines.push(
      `probes over ${probes.transport}: ${probes.received} of ${probes.sent} came back`,
      ...(roundTrip === undefined
        ? []
        : [
            `round trip: least ${roundTrip.minMs} ms, median ${roundTrip.p50Ms} ms, 95% within ${roundTrip.p95Ms} ms`,
          ]),
      ...(variation === undefined ? [] : [`variation (95%): ${variation.roundTripMs} ms`]),
      loss === undefined
        ? 'loss: not known over TCP, which makes it good'
        : `lost: ${loss.forward} on the way there, ${loss.reverse} on the way back, ${loss.unattributed} of which that is not known`,
    );
  }
  if (failure !== undefined) lines.push(`failed: ${failure.message} (${failure.code})`);
  return `${lines.join('\n')}\n`;
}
