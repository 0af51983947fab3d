// Tables of the agent's releases.
import type { ReleaseOutcome } from '#shared/wire/uplink.ts';

export interface AgentReleaseTable {
  version: string;
  /** Grows: the last published is the largest. */
  number: number;
  /** As it was signed, to the letter. */
  manifest: string;
  signature: string;
  /** Percent of the devices. */
  share: number;
  published_at: number;
  withdrawn_at: number | null;
}

export interface AgentReleaseFileTable {
  version: string;
  name: string;
  bytes: Uint8Array;
}

export interface AgentReleaseAnswerTable {
  device_id: string;
  version: string;
  outcome: ReleaseOutcome;
  reason: string | null;
  answered_at: number;
}
