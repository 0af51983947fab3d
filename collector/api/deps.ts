// What the API is handed. Each is an interface or a function, so that the wiring names the
// implementations and the tests can hand in the same real ones.
import type { Recipient } from '#shared/model/incident.ts';
import type { LineKind } from '#shared/model/line.ts';
import type { Norm } from '#shared/model/norm.ts';
import type { Verdict } from '#shared/model/verdict.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Random } from '#shared/runtime/random.ts';
import type { EnrolmentRequest, VerdictView } from '#shared/wire/api.ts';
import type { WebhookReach } from '../alerts/send/webhook-address.ts';
import type { Judge } from '../assessment/judge.ts';
import type { OutageRules } from '../availability/availability.ts';
import type { Deadlines } from '../dossiers/deadlines.ts';
import type { Desk } from '../dossiers/desk.ts';
import type { Schemes } from '../dossiers/subsidy/schemes.ts';
import type { SurveyDesk } from '../dossiers/survey-desk.ts';
import type { EvidenceDesk } from '../evidence-pack/desk.ts';
import type { PollingDoor } from '../gateway/polling-door.ts';
import type { AgentCare } from '../gateway/remote-care.ts';
import type { LiveDevices, LiveEvents } from '../live.ts';
import type { PlanningDesk } from '../planning/planning-desk.ts';
import type { Registry } from '../registry/registry.ts';
import type { SeriesStore } from '../series/series.ts';
import type { ServerCondition } from '../slots/decide-condition.ts';
import type { Authenticator } from './authenticator.ts';
import type { Sessions } from './sessions.ts';
import type { Setup } from './setup.ts';

/** What the routes of dossiers and subsidies are handed. */
export interface DossierDeps {
  readonly desk: Desk;
  readonly survey: SurveyDesk;
  readonly schemes: Schemes;
  readonly deadlines: Deadlines;
  /** Kind of the line that the location has now. */
  readonly presentKind: (locationId: string) => Promise<LineKind>;
}

/** What the routes of alerts are handed. */
export interface AlertDeps {
  /** Whether mail can be sent at all. */
  readonly mail: 'on' | 'off';
  readonly webhookReach: WebhookReach;
  /** Origin under which feeds and pages are found. */
  readonly pagesUrl: () => string;
  /** Puts a test message where messages wait; resolves with the delivery's id. */
  readonly sendTest: (recipient: Recipient) => Promise<string>;
}

export interface MeasureServerStatus {
  readonly url: string;
  readonly slots: number;
  readonly inUse: number;
  readonly condition: ServerCondition;
}

export interface ApiDeps {
  readonly registry: Registry;
  readonly series: SeriesStore;
  readonly events: LiveEvents;
  readonly devices: LiveDevices;
  /** The agents' door for those that poll; absent where there is no gateway. */
  readonly polling?: PollingDoor;
  /** Absent where there is no gateway. */
  readonly care?: AgentCare;
  readonly measureServers: () => readonly MeasureServerStatus[];
  readonly authenticator: Authenticator;
  readonly sessions: Sessions;
  readonly setup: Setup;
  readonly norm: Norm;
  /** How outages are counted; default: all of them. */
  readonly outageRules?: OutageRules;
  /** The verdict of a location without any evidence at `now`. */
  readonly unjudged: (now: number) => Verdict;
  /** Asked for a new verdict when what it is made of changed by hand. */
  readonly judge: Judge;
  readonly explain: (verdict: Verdict) => VerdictView;
  readonly dossiers: DossierDeps;
  readonly alerts: AlertDeps;
  readonly enrol: (request: EnrolmentRequest) => Promise<{ deviceId: string; locationId: string }>;
  readonly planning: PlanningDesk;
  readonly evidence: EvidenceDesk;
  readonly newEnrolmentCode: () => string;
  readonly newId: () => string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** A token with which a script may do all that an operator may; kept in memory alone. */
  readonly operatorToken?: string;
  /** Where people reach the pages, when it is set: the only origin that may change things. */
  readonly publicUrl?: string;
  /** Proxies whose X-Forwarded-* headers are believed; default none. */
  readonly isTrustedProxy?: (address: string) => boolean;
  /** Folder of the built pages; it may be missing. */
  readonly pagesFolder: string;
}
