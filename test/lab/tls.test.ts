// Over TLS the reading is still the line's at the IP layer: what TLS adds is counted.
import { expect, test } from 'vitest';
import { measurementSchema } from '#shared/model/measurement.ts';
import { makeAuthority } from '#test/support/certificates.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';
import { IP_SHARE_OF_ETHERNET, openShapedLink } from './shaped-link.ts';

const PORT = 9000;

test('a link of 300/20 reads within 2% over TLS, both directions', async () => {
  await using folder = await temporaryFolder();
  await using link = await openShapedLink({ downMbps: 300, upMbps: 20 });
  const authority = await makeAuthority(folder.path);
  const made = await authority.issue('far', { names: `IP:${link.farAddress}` });
  const server = link.spawn('far', 'env', [
    ...[`MEETNET_MEETPUNT_TLS_CERT=${made.certFile}`, `MEETNET_MEETPUNT_TLS_KEY=${made.keyFile}`],
    ...[process.execPath, 'collector/main.ts', 'meetpunt', '--open'],
    ...['--host', link.farAddress, '--port', String(PORT)],
  ]);
  await new Promise<void>((resolve, reject) => {
    server.stdout?.on('data', (chunk) => String(chunk).includes('Meetpunt: https') && resolve());
    server.on('close', (code) => reject(new Error(`the measure server ended with ${code}`)));
  });
  const agent = link.spawn('near', 'env', [
    `NODE_EXTRA_CA_CERTS=${authority.certFile}`,
    ...[process.execPath, 'agent/main.ts', 'measure', '--json'],
    ...['--server', `https://${link.farAddress}:${PORT}`],
  ]);
  let said = '';
  agent.stdout?.on('data', (chunk) => (said += chunk));
  await new Promise((resolve) => agent.on('close', resolve));
  const { download, upload, failure } = measurementSchema.parse(JSON.parse(said));
  expect(failure).toBeUndefined();
  const truth = { down: 300 * IP_SHARE_OF_ETHERNET, up: 20 * IP_SHARE_OF_ETHERNET };
  expect(Math.abs((download?.ipCapacity ?? 0) / truth.down - 1)).toBeLessThan(0.02);
  expect(Math.abs((upload?.ipCapacity ?? 0) / truth.up - 1)).toBeLessThan(0.02);
  expect([download?.outcome, upload?.outcome]).not.toContain('pass');
});
