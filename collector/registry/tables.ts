// The registry's tables as kysely sees them. Times are epoch ms; JSON is text; there is no boolean
// type that SQLite and PostgreSQL share, so truth is 0 or 1.
import type { Generated } from 'kysely';
import type { ConfigurationOutcome } from '#shared/model/configuration.ts';
import type { DossierState } from '#shared/model/dossier.ts';
import type { IncidentKind, Recipient } from '#shared/model/incident.ts';
import type { LineKind, LineRole } from '#shared/model/line.ts';
import type { CoordinatesSource, Position, Sector } from '#shared/model/location.ts';
import type { Direction } from '#shared/model/norm.ts';
import type { Overrule } from '#shared/model/overrule.ts';
import type { Person } from '#shared/wire/api.ts';
import type {
  AgentReleaseAnswerTable,
  AgentReleaseFileTable,
  AgentReleaseTable,
} from './agent-release-tables.ts';

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
  status: Generated<'open' | 'closed'>;
  closed_at: Generated<number | null>;
  successor_id: Generated<string | null>;
  sector: Generated<Sector | null>;
  pupils_margin: Generated<number | null>;
  latitude: Generated<number | null>;
  longitude: Generated<number | null>;
  coordinates_source: Generated<CoordinatesSource | null>;
}

export interface LineTable {
  id: string;
  location_id: string;
  name: string;
  role: LineRole;
  kind: LineKind;
  provider: string | null;
  contracted_down_mbps: number | null;
  contracted_up_mbps: number | null;
  created_at: number;
  ended_at: number | null;
}

/** What a geocoder said of an address, and that it knew none. */
export interface GeocodeTable {
  /** `5831CR 12`. */
  address: string;
  latitude: number | null;
  longitude: number | null;
  asked_at: number;
}

/** The latest verdict on each line. */
export interface LineVerdictTable {
  line_id: string;
  outcome: string;
  norm_version: string;
  /** JSON of `Verdict`. */
  document: string;
  judged_at: number;
}

export interface EnrolmentCodeTable {
  /** SHA-256 of the normalised code, hex. */
  code_hash: string;
  location_id: string;
  line_id: string;
  created_at: number;
  expires_at: number;
  used_at: number | null;
  device_id: string | null;
}

export interface DeviceTable {
  id: string;
  location_id: string;
  line_id: string;
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

export interface NormTable {
  version: string;
  /** JSON of `Norm`. */
  document: string;
  created_at: number;
}

/** Rows are never removed: who overruled a verdict, when, why, until when, and who withdrew it. */
export interface OverruleTable {
  id: string;
  location_id: string;
  outcome: Overrule['outcome'];
  reason: string;
  author_id: string;
  author_name: string;
  created_at: number;
  ends_at: number;
  withdrawn_at: number | null;
  withdrawn_by_id: string | null;
  withdrawn_by_name: string | null;
  withdrawn_reason: string | null;
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

/** Rows are never changed. */
export interface AgentConfigurationTable {
  version: number;
  /** Null: for all devices. */
  device_id: string | null;
  /** JSON of `Configuration`. */
  document: string;
  author_id: string;
  created_at: number;
}

export interface AgentConfigurationAnswerTable {
  device_id: string;
  version: number;
  outcome: ConfigurationOutcome;
  reason: string | null;
  answered_at: number;
}

export interface ScenarioTable {
  id: string;
  name: string;
  /** JSON of `SavedScenario`. */
  document: string;
  /** Person or command. */
  created_by: string;
  created_at: number;
}

export interface FactTable {
  name: string;
  value: string;
  updated_at: number;
}

export interface DossierTable {
  location_id: string;
  /** Number of its last step. */
  version: number;
  state: DossierState;
  created_at: number;
  updated_at: number;
}

export interface DossierStepTable {
  location_id: string;
  number: number;
  at: number;
  /** JSON of `Author`. */
  author: string;
  reason: string;
  /** JSON of `DossierEvent`. */
  event: string;
}

export interface SurveyInvitationTable {
  /** SHA-256 of the link's secret. */
  token_hash: string;
  location_id: string;
  asked_step: number;
  email: string | null;
  contact_name: string | null;
  created_at: number;
  expires_at: number;
}

export interface DossierReminderTable {
  key: string;
  created_at: number;
}

/** What mails and messages to webhooks that wait have in common. */
export interface WaitingMessageTable {
  id: string;
  subject: string;
  /** Null once it was sent or given up. */
  text: string | null;
  created_at: number;
  send_before: number;
  /** Null: nothing more is tried. */
  next_try_at: number | null;
  tries: number;
  sent_at: number | null;
  failure: string | null;
}

export interface OutboxMailTable extends WaitingMessageTable {
  to_address: string;
}

export interface IncidentTable {
  id: string;
  kind: IncidentKind;
  opened_at: number;
  updated_at: number;
  /** Null while it is open. */
  closed_at: number | null;
  merged_into: string | null;
  /** JSON of `cause` and `members` of `Incident`. */
  document: string;
}

/** Of which locations an incident is or was. */
export interface IncidentLocationTable {
  incident_id: string;
  location_id: string;
}

export interface IncidentAcknowledgementTable {
  incident_id: string;
  at: number;
  by_id: string;
  by_name: string;
  /** JSON of a list; null: all boards. */
  board_ids: string | null;
  note: string | null;
}

/** JSON where `Recipient` has more than a text. */
export interface AlertRecipientTable {
  id: string;
  name: string;
  channel: string;
  board_ids: string | null;
  kinds: string | null;
  pace: Recipient['pace'];
  quiet_hours: string | null;
  language: Recipient['language'];
  /** With which a webhook's messages are signed, in clear: a hash signs nothing. */
  secret: string | null;
  created_at: number;
}

export interface AlertNoticeTable {
  recipient_id: string;
  incident_id: string;
  event: 'opened' | 'updated' | 'closed';
  weight: number;
  at: number;
  due_at: number;
  told_at: number | null;
}

/** A message to a recipient; the mail or webhook message of the same id is it. */
export interface AlertDeliveryTable {
  id: string;
  recipient_id: string;
  /** JSON of a list. */
  incident_ids: string;
  created_at: number;
}

export interface WebhookMessageTable extends WaitingMessageTable {
  url: string;
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
  line: LineTable;
  geocode: GeocodeTable;
  line_verdict: LineVerdictTable;
  enrolment_code: EnrolmentCodeTable;
  device: DeviceTable;
  verdict: VerdictTable;
  verdict_history: VerdictHistoryTable;
  norm: NormTable;
  overrule: OverruleTable;
  person: PersonTable;
  person_board: PersonBoardTable;
  session: SessionTable;
  agent_configuration: AgentConfigurationTable;
  agent_configuration_answer: AgentConfigurationAnswerTable;
  agent_release: AgentReleaseTable;
  agent_release_file: AgentReleaseFileTable;
  agent_release_answer: AgentReleaseAnswerTable;
  scenario: ScenarioTable;
  fact: FactTable;
  dossier: DossierTable;
  dossier_step: DossierStepTable;
  survey_invitation: SurveyInvitationTable;
  dossier_reminder: DossierReminderTable;
  outbox_mail: OutboxMailTable;
  server_fault: ServerFaultTable;
  incident: IncidentTable;
  incident_location: IncidentLocationTable;
  incident_acknowledgement: IncidentAcknowledgementTable;
  alert_recipient: AlertRecipientTable;
  alert_notice: AlertNoticeTable;
  alert_delivery: AlertDeliveryTable;
  webhook_message: WebhookMessageTable;
}
