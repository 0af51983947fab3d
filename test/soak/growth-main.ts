// `npm run bench:agent-growth`: the heap of an agent over a month of a test every quarter of an hour.
import { growth } from './growth.ts';

const { heapBytes, tests, delivered } = await growth([1, 10, 20, 30]);
process.stdout.write(
  [
    `${tests} tests in 30 days, ${delivered} measurements delivered`,
    '| after day | heap, MB |',
    '|---|---|',
    ...[...heapBytes].map(([day, bytes]) => `| ${day} | ${(bytes / 1e6).toFixed(2)} |`),
    '',
  ].join('\n'),
);
