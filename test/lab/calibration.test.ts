// A device is as fast as its control group lets it be: calibration tells one that is too slow from this
// machine, and what it found keeps a short line from failing.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Calibration, calibrationSchema, tooSlowFor } from '#shared/model/calibration.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';
import { openDelayedLink } from './line/delayed-link.ts';
import { openCpuGroup } from './matrix/cpu-group.ts';
import { commandOutput, measureAt, serve } from './programs.ts';

const CALIBRATE = ['agent/main.ts', 'calibrate', '--json'];

async function calibrateWith(coreShare: number, data: string): Promise<Calibration> {
  await using group = await openCpuGroup();
  await group.limit(coreShare);
  const [command, args] = group.wrap('env', [
    `MEETNET_DATA=${data}`,
    process.execPath,
    ...CALIBRATE,
  ]);
  return calibrationSchema.parse(JSON.parse(await commandOutput(command, args)));
}

const directions = (calibration: Calibration) =>
  tooSlowFor(calibration, NORM_500_40).map(({ direction }) => direction);

test('this machine is fit', async () => {
  await using home = await temporaryFolder();
  const args = [`MEETNET_DATA=${home.path}`, process.execPath, ...CALIBRATE];
  const found = calibrationSchema.parse(JSON.parse(await commandOutput('env', args)));
  expect(directions(found), JSON.stringify(found)).toEqual([]);
});

test('a tenth of a core is unfit, and what was found flags a test that did not pass and keeps it from failing the line', async () => {
  await using home = await temporaryFolder();
  await mkdir(join(home.path, 'agent'), { recursive: true });
  const found = await calibrateWith(0.1, home.path);
  expect(directions(found), JSON.stringify(found)).toContain('download');
  await using link = await openDelayedLink({
    downMbps: 200,
    upMbps: 20,
    rttMs: 5,
    congestionControl: 'reno',
  });
  const server = await serve(link);
  // The test itself runs on all of the machine: nothing but the calibration holds its fail back.
  const measured = await measureAt(link, ['--server', server], { MEETNET_DATA: home.path });
  expect(measured.conditions.calibration).toEqual(found);
  expect(measured.flags).toContain('cpu_limited');
  expect(measured.download?.stoppedBy).toBe('fail');
  expect(measured.download?.outcome).toBe('inconclusive');
});
