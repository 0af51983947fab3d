// Incidents, who is told of them, and what was sent: the interface that the registry implements.
import type { Acknowledgement, Incident, IncidentKind, Recipient } from '#shared/model/incident.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { Verdict } from '#shared/model/verdict.ts';
import type { DeliveryView, RecipientChange } from '#shared/wire/alerts-api.ts';
import type { NewMail } from '../outbox/outbox.ts';

export interface IncidentFilter {
  readonly status: 'open' | 'closed' | 'all';
  readonly kind?: IncidentKind;
  readonly locationId?: string;
  /** Of one of these boards; absent: of all, and of measure servers too. */
  readonly boardIds?: readonly string[];
  readonly changedSince?: EpochMs;
  readonly limit: number;
}

export interface Notice {
  readonly recipientId: string;
  readonly incidentId: string;
  readonly event: 'opened' | 'updated' | 'closed';
  /** How much there was to tell: members, and again those that are gone for good. */
  readonly weight: number;
  readonly at: EpochMs;
  readonly dueAt: EpochMs;
}

export interface NewWebhook {
  /** A UUID. */
  readonly id: string;
  readonly url: string;
  readonly subject: string;
  /** JSON. */
  readonly body: string;
  readonly sendBefore: EpochMs;
}

export interface WaitingWebhook extends NewWebhook {
  /** With which it is signed. */
  readonly secret: string;
  readonly createdAt: EpochMs;
  readonly tries: number;
}

export interface NewDelivery {
  readonly recipientId: string;
  readonly incidentIds: readonly string[];
  readonly message:
    | { readonly channel: 'mail'; readonly mail: NewMail }
    | { readonly channel: 'webhook'; readonly webhook: NewWebhook };
}

export interface LineVerdictRow {
  readonly lineId: string;
  readonly verdict: Verdict;
  readonly judgedAt: EpochMs;
}

export interface AlertStore {
  /** Newest change first. */
  incidents(filter: IncidentFilter): Promise<Incident[]>;
  incident(id: string): Promise<Incident | undefined>;
  /** Adds or replaces, one transaction; acknowledgements of one that was merged go with it. */
  keep(incidents: readonly Incident[]): Promise<void>;
  /** Throws `not_found`, or `conflict` where he did so already. */
  acknowledge(id: string, acknowledgement: Acknowledgement): Promise<Incident>;

  /** Oldest first. */
  recipients(): Promise<Recipient[]>;
  recipient(id: string): Promise<Recipient | undefined>;
  /** The one whose feed has this secret. */
  feedRecipient(secretHash: string): Promise<Recipient | undefined>;
  /** `secret`: of a webhook, as it is; of a feed, hashed. */
  addRecipient(recipient: Recipient, secret?: string): Promise<void>;
  /** Throws `not_found`. */
  changeRecipient(id: string, change: RecipientChange): Promise<Recipient>;
  /** With what was still to be told him. False where there is none. */
  removeRecipient(id: string): Promise<boolean>;

  /** The newest notice of each recipient and incident. */
  lastNotices(incidentIds: readonly string[]): Promise<Notice[]>;
  /** Those that are there already stay as they are. */
  addNotices(notices: readonly Notice[]): Promise<void>;
  /** Not yet told, of each recipient that has one whose time has come. */
  dueNotices(now: EpochMs): Promise<Notice[]>;
  /** One transaction: the message waits and the notices are told. Absent: there was nothing to say. */
  tell(notices: readonly Notice[], delivery: NewDelivery | undefined): Promise<void>;

  /** Oldest first: those whose next try has come. */
  waitingWebhooks(now: EpochMs, limit: number): Promise<WaitingWebhook[]>;
  /** Before it is sent, as `MailOutbox.hold`. */
  holdWebhook(id: string, until: EpochMs): Promise<void>;
  webhookSent(id: string, at: EpochMs): Promise<void>;
  /** `nextTryAt` null: not tried again. */
  webhookFailed(id: string, why: string, nextTryAt: EpochMs | null): Promise<void>;
  /** Mail of dossiers too, newest first. */
  deliveries(limit: number): Promise<DeliveryView[]>;
  /** Gives up webhooks whose time is over; removes notices and deliveries from before. */
  tidy(now: EpochMs, before: EpochMs): Promise<void>;

  /** Whether it still is or not. */
  locationsEverBelow(): Promise<string[]>;
  /** Newest verdicts on running lines, in pages by line, judged at `since` or later. */
  lineVerdictsAfter(lineId: string, since: EpochMs, limit: number): Promise<LineVerdictRow[]>;
}
