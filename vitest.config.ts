import { defineConfig } from 'vitest/config';

// In this order: unit: pure or loopback, real InfluxDB among it. system: real processes and Chromium.
// lab: shaped links; one file at a time and nothing beside it, for a throughput test wants the machine.
export default defineConfig({
  test: {
    projects: [
      {
        test: { name: 'architecture', include: ['test/architecture.test.ts'], testTimeout: 20_000 },
      },
      {
        test: {
          name: 'unit',
          include: ['test/{shared,agent,collector,deploy,contract,scenarios,fleet}/**/*.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          sequence: { groupOrder: 1 },
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          sequence: { groupOrder: 2 },
          fileParallelism: false,
          // Whatever else runs on the host of a virtual machine takes seconds from it that no test sees.
          retry: 1,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
