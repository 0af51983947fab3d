import { defineConfig } from 'vitest/config';

// unit: pure or loopback, parallel. services: real InfluxDB. system: real processes, shaped links,
// Chromium; one file at a time, because a throughput test wants the machine to itself.
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
          include: ['test/{system,lab}/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
