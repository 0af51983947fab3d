// The registry's tables as kysely sees them. Times are epoch ms; JSON is text; there is no boolean
// type that SQLite and PostgreSQL share, so truth is 0 or 1.
import type { Position } from '#shared/model/location.ts';
import type { Direction } from '#shared/model/norm.ts';
import type { Person } from '#shared/wire/api.ts';

export interface BoardTable {
  id: string;
  name: string;
  created_at: number;
  updated_at: number;
}

export interface LocationTable {
  id: string;
  board_id: string;
  name: string;
  street: string | null;
  house_number: string | null;
  postal_code: string | null;
  city: string | null;
  municipality: string | null;
  province: string | null;
  pupils: number | null;
  created_at: number;
  updated_at: number;
}

export interface EnrolmentCodeTable {
  /** SHA-256 of the normalised code, hex. */
  code_hash: string;
  location_id: string;
  created_at: number;
  expires_at: number;
  used_at: number | null;
  device_id: string | null;
}

export interface DeviceTable {
  id: string;
  location_id: string;
  name: string;
  position: Position;
  public_key: string;
  enrolled_at: number;
  agent_version: string | null;
  last_contact_at: number | null;
  clock_offset_ms: number | null;
  /** JSON of `SpoolStats`. */
  spool: string | null;
}

export interface VerdictTable {
  location_id: string;
  outcome: string;
  norm_version: string;
  /** JSON of `Verdict`. */
  document: string;
  judged_at: number;
  /** Since when outcome and norm are as they are. */
  since: number;
}

/** One row for each change of outcome or norm, numbered from 1 within the location. */
export interface VerdictHistoryTable {
  location_id: string;
  number: number;
  outcome: string;
  norm_version: string;
  document: string;
  judged_at: number;
}

export interface PersonTable {
  id: string;
  email: string;
  /** Lower case, by which it is found and unique. */
  email_key: string;
  name: string;
  role: Person['role'];
  /** 1: sees all boards, and has no rows in `person_board`. */
  all_boards: 0 | 1;
  password_hash: string;
  created_at: number;
}

export interface PersonBoardTable {
  person_id: string;
  board_id: string;
}

export interface SessionTable {
  secret_hash: string;
  person_id: string;
  created_at: number;
  expires_at: number;
}

export interface FactTable {
  name: string;
  value: string;
  updated_at: number;
}

export interface ServerFaultTable {
  id: string;
  server: string;
  direction: Direction;
  /** Starts of tests, both ends included. */
  from_at: number;
  to_at: number;
  lines: number;
  fallen: number;
  usual_rate: number;
  found_at: number;
  /** Null: it stands. */
  withdrawn_at: number | null;
}

export interface Tables {
  board: BoardTable;
  location: LocationTable;
  enrolment_code: EnrolmentCodeTable;
  device: DeviceTable;
  verdict: VerdictTable;
  verdict_history: VerdictHistoryTable;
  person: PersonTable;
  person_board: PersonBoardTable;
  session: SessionTable;
  fact: FactTable;
  server_fault: ServerFaultTable;
}
