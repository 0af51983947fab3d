// Work that somebody asks for now and then, within a service's life: none before it runs, none after it
// was stopped, and what is under way has its end.
import { aborted, type Service } from './service.ts';

export interface Errands {
  readonly service: Service;
  /**
   * Begins it with the signal of the service's end; false, and nothing, when the service does not run.
   * The work answers for its own failures.
   */
  start(work: (signal: AbortSignal) => Promise<void>): boolean;
}

export function createErrands(name: string): Errands {
  const underWay = new Set<Promise<void>>();
  let running: AbortSignal | undefined;
  return {
    service: {
      name,
      run: async (signal, ready) => {
        running = signal;
        ready();
        await aborted(signal);
        running = undefined;
        await Promise.all(underWay);
      },
    },
    start: (work) => {
      if (running === undefined) return false;
      const errand = work(running).finally(() => underWay.delete(errand));
      underWay.add(errand);
      return true;
    },
  };
}
