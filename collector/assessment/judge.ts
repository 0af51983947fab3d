// The door through which ingest asks for a new verdict and the API asks for one.
import type { Verdict } from '#shared/model/verdict.ts';

export interface Judge {
  /** Gathers the location's evidence, assesses it, keeps the verdict and returns it. */
  judge(locationId: string): Promise<Verdict>;
}
