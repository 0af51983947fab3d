// Measures again and again from one process inside a namespace: a request a line on stdin, a measurement
// a line on stdout. What a process costs to start would disturb the lines measured beside it.
import { randomUUIDv7 } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { openHostFiles } from '#agent/measure/environment/host-files.ts';
import { createEnvironmentProbe } from '#agent/measure/environment/probe.ts';
import type { MeasureRequest } from '#agent/measure/measurer.ts';
import { InProcessMeasurer } from '#agent/measure/throughput/in-process-measurer.ts';
import { AGENT_VERSION } from '#agent/version.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { systemRandom } from '#shared/runtime/random.ts';

const measurer = new InProcessMeasurer({
  clock: systemClock,
  random: systemRandom,
  newId: () => randomUUIDv7(),
  agentVersion: AGENT_VERSION,
  nodeVersion: process.version,
  environment: createEnvironmentProbe({
    files: openHostFiles(),
    clock: systemClock,
    eventLoop: () => {
      const start = performance.eventLoopUtilization();
      return () => performance.eventLoopUtilization(start).utilization;
    },
    position: 'off_path',
  }),
});

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as MeasureRequest;
  const measurement = await measurer.measure(request, AbortSignal.timeout(120_000));
  process.stdout.write(`${JSON.stringify(measurement)}\n`);
}
