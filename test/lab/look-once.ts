// One look at the line, as the agent's watch takes it: `node look-once.ts COLLECTOR SERVER…` prints the
// evidence and the state as JSON. For the lab, where it runs in a network namespace.
import { networkInterfaces } from 'node:os';
import { classify } from '#agent/availability/classify.ts';
import { createKnownAddresses } from '#agent/availability/known-addresses.ts';
import { createProbe } from '#agent/availability/probe-line.ts';
import { openHostFiles } from '#agent/measure/environment/host-files.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { systemRandom } from '#shared/runtime/random.ts';

const [collector = '', ...servers] = process.argv.slice(2);
const probe = createProbe({
  ...{ collector, servers: () => servers, files: openHostFiles() },
  ...{ clock: systemClock, random: systemRandom, addresses: createKnownAddresses() },
  addressesOf: (port) => (networkInterfaces()[port] ?? []).map(({ address }) => address),
});
const evidence = await probe(new AbortController().signal);
process.stdout.write(`${JSON.stringify({ state: classify(evidence), evidence })}\n`);
