// The measuring child: real processes that behave, hang, die and are told to stop.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ChildMeasurer } from '#agent/measure/child.ts';
import { measurementSchema } from '#shared/model/measurement.ts';
import { DEFAULT_PLAN } from '#shared/model/plan.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { measurementAt, uuidAt } from '#test/support/measurements.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';

const DEVICE = '7f4df3c4-6c2c-4f0e-9d0a-0f2d8a1b2c3d';
let folder: TemporaryFolder;

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

async function measure(program: string, signal = new AbortController().signal, limitMs = 10_000) {
  const file = join(folder.path, `${Math.random()}.mjs`);
  await writeFile(file, program);
  const seen: unknown[] = [];
  const measurer = new ChildMeasurer({
    nodePath: process.execPath,
    jobArguments: [file],
    env: process.env,
    clock: systemClock,
    newId: () => uuidAt(Date.now()),
    agentVersion: '0.1.0',
    nodeVersion: process.version,
    limitMs,
  });
  const request = {
    deviceId: DEVICE,
    server: 'http://192.0.2.1',
    plan: DEFAULT_PLAN,
    mode: 'check',
  } as const;
  const measurement = await measurer.measure(request, signal, (progress) => seen.push(progress));
  expect(measurementSchema.safeParse(measurement).error).toBeUndefined();
  return { measurement, seen };
}

test('progress and the result come through', async () => {
  const result = measurementAt(DEVICE, Date.now());
  const { measurement, seen } = await measure(`
    process.stdin.once('data', (request) => {
      if (JSON.parse(request).deviceId !== '${DEVICE}') process.exit(9);
      console.log(JSON.stringify({ progress: { phase: 'latency' } }));
      console.log('words that are no part of it');
      console.log(JSON.stringify({ measurement: ${JSON.stringify(result)} }));
      process.exit(0);
    });`);
  expect(measurement).toEqual(result);
  expect(seen).toEqual([{ phase: 'latency' }]);
});

test('a job that hangs and will not listen is ended, and its test timed out', async () => {
  const { measurement } = await measure(
    "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);",
    undefined,
    700,
  );
  expect(measurement.failure?.code).toBe('test_timed_out');
});

test('a result that is there counts, though the job lingers, and the job goes all the same', async () => {
  const result = measurementAt(DEVICE, Date.now());
  const heard = join(folder.path, 'lingering');
  const { measurement } = await measure(`
    import { writeFileSync } from 'node:fs';
    writeFileSync(${JSON.stringify(heard)}, String(process.pid));
    console.log(JSON.stringify({ measurement: ${JSON.stringify(result)} }));
    setInterval(() => {}, 1000);`);
  expect(measurement).toEqual(result);
  const pid = Number(await readFile(heard, 'utf8'));
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('a job that dies says why in the failure', async () => {
  const { measurement } = await measure("console.error('out of everything'); process.exit(7);");
  expect(measurement.failure).toMatchObject({ code: 'unknown_failure' });
  expect(measurement.failure?.message).toMatch(/7.*out of everything/);
});

test('a stop ends the job', async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 300);
  const { measurement } = await measure('setInterval(() => {}, 1000);', stop.signal);
  expect(measurement.failure?.code).toBe('stopped');
});
