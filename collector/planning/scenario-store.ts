// Where saved scenarios are kept; implemented by the registry.
import type { SavedScenario } from '#shared/wire/planning.ts';

export interface ScenarioStore {
  add(scenario: SavedScenario): Promise<void>;
  /** Newest first. */
  all(): Promise<SavedScenario[]>;
  find(id: string): Promise<SavedScenario | undefined>;
  /** False where there is none. */
  remove(id: string): Promise<boolean>;
}
