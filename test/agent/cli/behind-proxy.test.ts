// The commands in a school's network: a proxy that wants a password, and TLS of an authority that only
// this host's certificates know.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Check } from '#agent/health/checks.ts';
import { makeAuthority } from '#test/support/certificates.ts';
import { gatewayScene } from '#test/support/gateway.ts';
import { start } from '#test/support/process.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';
import { startTinyproxy } from '#test/support/tinyproxy.ts';
import { startTlsRelay } from '#test/support/tls-relay.ts';

/** An address of this host that is not loopback's, to which proxies are not asked. */
const THIS_HOST = '0.0.0.0';

test('doctor finds the collector by the environment’s proxy and the host’s certificates, or says why not', async () => {
  await using at = await gatewayScene();
  await using folder = await temporaryFolder();
  const authority = await makeAuthority(folder.path, 'School Authority');
  const certificate = await authority.issue('one', { names: `IP:${THIS_HOST}` });
  const port = Number(new URL(at.url).port);
  await using relay = await startTlsRelay(port, certificate, THIS_HOST);
  await using proxy = await startTinyproxy(folder.path, { basicAuth: 'school secret' });
  const doctor = async (env: Record<string, string>) => {
    await using running = start('agent/main.ts', ['doctor', '--json'], {
      MEETNET_DATA: join(folder.path, 'data'),
      MEETNET_COLLECTOR: `https://${THIS_HOST}:${relay.port}`,
      HTTPS_PROXY: `http://school:secret@127.0.0.1:${proxy.port}`,
      ...env,
    });
    await running.exited;
    const checks: Check[] = JSON.parse(running.stdout());
    return checks.filter(({ name }) => ['collector', 'uplink'].includes(name));
  };
  const [known, unknown] = await Promise.all([
    doctor({ SSL_CERT_FILE: authority.certFile }),
    doctor({ SSL_CERT_FILE: join(folder.path, 'none.pem') }),
  ]);
  expect(known).toMatchObject([
    { name: 'collector', result: 'ok', found: expect.stringContaining('through proxy 127.0.0.1') },
    { name: 'uplink', result: 'ok' },
  ]);
  expect(unknown).toMatchObject([
    {
      ...{ name: 'collector', result: 'fail', advice: expect.stringContaining('unopened') },
      found: expect.stringContaining('tls_intercepted by School Authority'),
    },
  ]);
  // What the environment of the agent names is in no output of its.
  expect(JSON.stringify([known, unknown])).not.toContain('secret');
});
