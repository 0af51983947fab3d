// Configurations for agents, and what became of each at a device. Implementation: the registry's.
import type {
  Configuration,
  ConfigurationOutcome,
  NumberedConfiguration,
} from '#shared/model/configuration.ts';
import type { EpochMs } from '#shared/model/units.ts';

export interface NewConfiguration {
  /** Absent: for all devices. */
  readonly deviceId?: string | undefined;
  readonly configuration: Configuration;
  readonly authorId: string;
}

export interface ConfigurationAnswer {
  readonly outcome: ConfigurationOutcome;
  readonly reason?: string | undefined;
}

export interface StoredConfiguration extends NumberedConfiguration {
  readonly createdAt: EpochMs;
  readonly answer?: ConfigurationAnswer;
}

export interface ConfigurationStore {
  /** Resolves with its version: one more than any before. Rows are never changed. */
  add(configuration: NewConfiguration): Promise<number>;
  /** The newest of the device's own and of those for all, with what the device said of it. */
  forDevice(deviceId: string): Promise<StoredConfiguration | undefined>;
  /** Writes only what is not known: agents say it again at each welcome. */
  answered(deviceId: string, version: number, answer: ConfigurationAnswer): Promise<void>;
}
