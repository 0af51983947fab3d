// "Measure now": an operator asks over the API, a real agent measures, each phase comes back, and the
// result is stored; with a configuration that it runs by, all over real processes.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { enrol } from '#agent/identity/enrol.ts';
import { saveCalibration } from '#agent/measure/calibration/calibration-file.ts';
import { saveAgentState } from '#agent/schedule/agent-state.ts';
import { NOTHING_SPENT } from '#agent/schedule/budget.ts';
import { AGENT_VERSION } from '#agent/version.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { askedTestSchema, deviceConfigurationSchema } from '#shared/wire/agent-care.ts';
import { measurementListSchema } from '#shared/wire/api.ts';
import { command, startAgent } from '#test/support/agent.ts';
import { ONE_LOCATION_CSV, signIn, startCollector } from '#test/support/collector.ts';
import { testOutbound } from '#test/support/outbound.ts';
import { eventually } from '#test/support/process.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

test('a test that an operator asks for is followed to its end, over HTTPS requests', async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, 'collector');
  const directory = join(folder.path, 'host', 'agent');
  await using collector = await startCollector({ data });
  const cookie = await signIn(collector);
  const file = join(folder.path, 'locations.csv');
  await writeFile(file, ONE_LOCATION_CSV);
  await command('collector/main.ts', ['import', file], { MEETNET_DATA: data });
  const code = await command('collector/main.ts', ['enrol-code', '16SW03'], { MEETNET_DATA: data });
  using outbound = testOutbound();
  const { deviceId } = await enrol({
    ...{ directory, collector: collector.url, code: code.trim(), name: 'kast', outbound },
    ...{ position: 'off_path', agentVersion: AGENT_VERSION, clock: systemClock, existing: 'keep' },
  });
  // As a device that has measured before: nothing but what is asked for is measured here.
  const at = new Date().toISOString();
  await saveAgentState(directory, { spent: NOTHING_SPENT, lastMeasuredAt: at });
  await saveCalibration(directory, {
    ...{ downloadMbps: 9_000, uploadMbps: 9_000, at },
    ...{ agentVersion: AGENT_VERSION, nodeVersion: process.version },
  });
  const api = async (method: string, path: string, body?: object) => {
    const reply = await fetch(`${collector.url}/api/v1${path}`, {
      method,
      headers: { cookie, origin: collector.url, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: reply.status, body: await reply.json() };
  };
  const configuration = async () =>
    deviceConfigurationSchema.parse((await api('GET', `/devices/${deviceId}/configuration`)).body);
  const asking = async () =>
    askedTestSchema.parse((await api('GET', `/devices/${deviceId}/measure-now`)).body);
  await api('POST', '/agent-configurations', { configuration: { uplink: 'https' } });
  await using _agent = startAgent(join(folder.path, 'host'));
  await eventually(
    'configured',
    async () => (await configuration()).outcome === 'applied' || undefined,
  );
  const asked = await eventually('asked', async () => {
    const reply = await api('POST', `/devices/${deviceId}/measure-now`, {});
    return reply.status === 202 ? askedTestSchema.parse(reply.body) : undefined;
  });
  const phases = new Set<string>();
  const measurementId = await eventually(
    'done',
    async () => {
      const { requestId, progress } = await asking();
      expect(requestId).toBe(asked.requestId);
      if (progress !== null) phases.add(progress.phase);
      return progress?.phase === 'done' ? progress.measurementId : undefined;
    },
    60_000,
  );
  expect([...phases]).toEqual(expect.arrayContaining(['download', 'upload', 'done']));
  await eventually('stored', async () => {
    const { body } = await api('GET', '/locations/16SW03/measurements');
    const { measurements } = measurementListSchema.parse(body);
    return measurements.some(({ measurement }) => measurement.id === measurementId) || undefined;
  });
});
