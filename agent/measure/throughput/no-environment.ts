// Knows nothing of the machine: for measuring where nothing may be read, and for tests.
import type { EnvironmentProbe } from '../environment-probe.ts';

export const noEnvironment: EnvironmentProbe = {
  start: async () => ({
    waitForQuiet: async () => 'unknown',
    loadStarted: () => {},
    loadSampled: () => {},
    loadEnded: () => {},
    finish: async () => ({ conditions: {}, flags: [] }),
  }),
};
