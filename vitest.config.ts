import { defineConfig } from 'vitest/config';

// In this order: unit: pure or loopback, real InfluxDB among it. system: real processes and Chromium.
// lab: shaped links; one file at a time and nothing beside it, for a throughput test wants the machine.
// A failed test is run again, at most twice, and reported as such: the host of a virtual machine may
// take seconds from real sockets, processes and loads that no test can see.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'architecture',
          include: ['test/architecture.test.ts'],
          maxWorkers: 2,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'unit',
          include: ['test/{shared,agent,collector,deploy,contract,scenarios,fleet}/**/*.test.ts'],
          // Vitest's own choice on two cores is one worker; most of these files wait, on loopback.
          maxWorkers: 2,
          retry: 2,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          sequence: { groupOrder: 1 },
          retry: 2,
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
          retry: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
