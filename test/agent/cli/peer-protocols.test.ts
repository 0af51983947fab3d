// `measure --protocol` as an operator gives it: real processes, certificates checked.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { measurementSchema } from '#shared/model/measurement.ts';
import { openTestMeetpunt } from '#test/support/meetpunt.ts';
import { start } from '#test/support/process.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';
import { startTlsFront } from '#test/support/tls-front.ts';

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

async function measure(args: readonly string[], env: Record<string, string> = {}) {
  await using running = start('agent/main.ts', ['measure', '--json', ...args], {
    MEETNET_DATA: folder.path,
    ...env,
  });
  running.child.stdin?.end();
  const code = await running.exited;
  return { code, stdout: running.stdout(), stderr: running.stderr() };
}

test.each([
  ['no server', ['--protocol', 'ndt7'], /which ndt7 server.*--server/],
  ['no server of that kind', ['--protocol', 'ndt7', '--server', 'ftp://x'], /ws\(s\):\/\/HOST/],
  ['no address', ['--protocol', 'librespeed', '--server', 'x'], /http\(s\):\/\/HOST/],
  ['no entry', ['--protocol', 'librespeed', '--server', '{"server":"x"}'], /servers\.json/],
  ['no such protocol', ['--protocol', 'ookla', '--server', 'http://x'], /meetpunt, ndt7/],
])('%s is said on stderr, with exit code 2', async (_what, args, words) => {
  const result = await measure(args);
  expect(result).toMatchObject({ code: 2, stdout: '' });
  expect(result.stderr).toMatch(words);
});

test.each([
  ['ndt7', 'wss', 'ndt7/0.11'],
  ['librespeed', 'https', 'librespeed/5'],
])('%s over TLS wants a certificate that is trusted', async (protocol, scheme, name) => {
  await using meetpunt = await openTestMeetpunt();
  await using front = await startTlsFront(meetpunt.port, folder.path);
  const args = ['--protocol', protocol, '--server', `${scheme}://127.0.0.1:${front.port}`];
  const distrusted = await measure(args);
  expect(distrusted.code).toBe(5);
  const { failure } = measurementSchema.parse(JSON.parse(distrusted.stdout));
  expect(failure?.code).toBe('tls_untrusted');
  expect(meetpunt.stats().guests?.visits).toBe(0);
  const trusted = await measure(args, { NODE_EXTRA_CA_CERTS: front.certificateFile });
  expect(trusted.code, JSON.stringify(JSON.parse(trusted.stdout).failure)).toBe(0);
  const measured = measurementSchema.parse(JSON.parse(trusted.stdout));
  expect(measured.protocol).toBe(name);
  expect(measured.conditions.server).toBe(`${scheme}://127.0.0.1:${front.port}`);
  for (const direction of [measured.download, measured.upload]) {
    expect(direction).toMatchObject({ atLeast: true });
    expect(direction?.goodput).toBeGreaterThan(0);
    expect(direction?.outcome).not.toBe('fail');
  }
});
