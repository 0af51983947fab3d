// The agent's ndt7 and LibreSpeed through a link of known capacity: near the truth in both
// directions, also up, where a sender's own count would be far off; and never a fail.
import { expect, test } from 'vitest';
import { type Measurement, measurementSchema } from '#shared/model/measurement.ts';
import { IP_SHARE_OF_ETHERNET, openShapedLink, type ShapedLink } from './shaped-link.ts';

const RATES = { downMbps: 100, upMbps: 20 };
const PORT = 8099;
/** Both ends and the shaper share this machine with whatever else it does. */
const TOLERANCE = 0.05;

async function startServer(link: ShapedLink): Promise<void> {
  const server = link.spawn('far', process.execPath, [
    ...['collector/main.ts', 'meetpunt', '--open'],
    ...['--host', link.farAddress, '--port', String(PORT)],
  ]);
  await new Promise<void>((resolve, reject) => {
    server.stdout?.once('data', () => resolve());
    server.once('close', (code) => reject(new Error(`the measure server ended with ${code}`)));
  });
}

async function measure(link: ShapedLink, protocol: string, scheme: string): Promise<Measurement> {
  const agent = link.spawn('near', process.execPath, [
    ...['agent/main.ts', 'measure', '--json', '--protocol', protocol],
    ...['--server', `${scheme}://${link.farAddress}:${PORT}`],
  ]);
  let text = '';
  agent.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  await new Promise((resolve) => agent.once('close', resolve));
  return measurementSchema.parse(JSON.parse(text));
}

test.each([
  ['ndt7', 'ws'],
  ['librespeed', 'http'],
])('%s reads a shaped link and does not judge it', async (protocol, scheme) => {
  await using link = await openShapedLink(RATES);
  await startServer(link);
  const before = await link.counters();
  const measured = await measure(link, protocol, scheme);
  const after = await link.counters();
  expect(measured.failure).toBeUndefined();
  const truths = { download: RATES.downMbps, upload: RATES.upMbps };
  for (const direction of ['download', 'upload'] as const) {
    const truth = truths[direction] * IP_SHARE_OF_ETHERNET;
    const result = measured[direction];
    expect(Math.abs((result?.ipCapacity ?? 0) / truth - 1)).toBeLessThan(TOLERANCE);
    // Far below the norm, and still no fail.
    expect(result).toMatchObject({ outcome: 'inconclusive', atLeast: true });
  }
  // The cost that it tells is what passed the shaper, but for heads, acknowledgements and what
  // was still under way.
  const cost = measured.download?.bytes ?? 0;
  expect(cost / (after.down - before.down)).toBeGreaterThan(0.85);
  expect(cost / (after.down - before.down)).toBeLessThan(1.01);
});
