// `npm start` as a new user gives it: a measured location within a minute, on embedded defaults.
// A host's older Node hands over to a Node 24 of its own; that one is tested by itself too.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { locationListSchema } from '#shared/wire/api.ts';
import { eventually, freePort, ROOT } from '#test/support/process.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

test.each([
  ['npm start', 'npm', ['start']],
  ['its Node 24 process', process.execPath, ['deploy/local/main.ts']],
])('%s lists the measured location within 60 s and stops cleanly', async (_what, program, args) => {
  await using folder = await temporaryFolder();
  const port = await freePort();
  const started = spawn(program, args, {
    cwd: ROOT,
    detached: true,
    env: {
      ...process.env,
      MEETNET_DATA: join(folder.path, 'data'),
      MEETNET_PORT: String(port),
      MEETNET_MEETPUNT_PORT: '0',
    },
  });
  let said = '';
  started.stdout.on('data', (chunk) => (said += chunk));
  started.stderr.on('data', (chunk) => (said += chunk));
  const ended = new Promise<number | null>((resolve) => started.on('close', resolve));
  try {
    const location = await eventually(
      'the location is measured',
      async () => {
        const token = said.match(/token: (\S+)/)?.[1];
        if (token === undefined) return undefined;
        const reply = await fetch(`http://127.0.0.1:${port}/api/v1/locations`, {
          headers: { authorization: `Bearer ${token}` },
        });
        const { locations } = locationListSchema.parse(await reply.json());
        return locations.find(({ latest }) => latest?.download !== undefined);
      },
      60_000,
    );
    expect(location.latest?.download?.ipCapacity).toBeGreaterThan(0);
    expect(location.latest?.upload?.ipCapacity).toBeGreaterThan(0);
    expect(location.verdict.outcome).toBe('inconclusive');
    expect(location.verdict.reasons.length).toBeGreaterThan(0);
    expect(said).toContain(`http://127.0.0.1:${port}`);
    expect(said).toMatch(/\/setup\?token=/);
    const page = await fetch(`http://127.0.0.1:${port}/`, { headers: { accept: 'text/html' } });
    expect(await page.text()).toContain('<div id="root"');
  } finally {
    process.kill(-(started.pid ?? 0), 'SIGTERM');
  }
  await ended;
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
});
