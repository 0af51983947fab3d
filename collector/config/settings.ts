// The collector's settings, one documented table. The README's table is checked against it.
// Owns: names, forms, defaults. Does not own: what follows from them (addresses.ts, norm.ts).

import { NORM_500_40 } from '#shared/model/norm.ts';
import { COMMON_SETTINGS } from '#shared/runtime/common-settings.ts';
import {
  decimal,
  hourRange,
  oneOf,
  origin,
  text,
  webAddress,
  wholeNumber,
} from '#shared/runtime/setting-forms.ts';
import { readSettings, type SettingTable, type SettingValues } from '#shared/runtime/settings.ts';
import type { SettingsFile } from '#shared/runtime/settings-file.ts';
import { deadlinesSetting } from '../dossiers/deadlines.ts';
import { mailFrom, smtpAddress } from './mail.ts';
import { maintenanceWindows } from './maintenance.ts';
import { measureServers } from './measure-servers.ts';
import { proxyList } from './proxies.ts';

/** 0 asks the system for a free port. */
const port = wholeNumber(0, 65_535);
const host = text('a host name or an IP address');

export const COLLECTOR_SETTINGS = {
  ...COMMON_SETTINGS,
  host: {
    env: 'MEETNET_HOST',
    key: 'host',
    schema: host,
    fallback: '127.0.0.1',
    meaning: 'address that the pages, the API and the uplink listen on',
  },
  port: {
    env: 'MEETNET_PORT',
    key: 'port',
    schema: port,
    fallback: 8080,
    meaning: 'port of the pages, the API and the uplink; 0 takes a free one',
  },
  publicUrl: {
    env: 'MEETNET_PUBLIC_URL',
    key: 'public_url',
    schema: origin(['https', 'http']),
    fallback: undefined,
    fallbackText: '`http://` host and port',
    meaning: 'address by which people reach the pages; with https, cookies are for https alone',
  },
  trustProxy: {
    env: 'MEETNET_TRUST_PROXY',
    key: 'trust_proxy',
    schema: proxyList(),
    fallback: undefined,
    fallbackText: 'none',
    meaning: 'reverse proxies whose X-Forwarded-* headers are believed',
  },
  series: {
    env: 'MEETNET_SERIES',
    key: 'series',
    schema: oneOf(['sqlite', 'influx']),
    fallback: 'sqlite',
    meaning: 'where measurements are kept: in the data directory or in InfluxDB',
  },
  pdokUrl: {
    env: 'MEETNET_PDOK_URL',
    key: 'pdok.url',
    schema: webAddress(),
    fallback: undefined,
    fallbackText: 'off',
    meaning:
      "PDOK's Locatieserver, which `import --locate` asks for coordinates: `https://api.pdok.nl/bzk/locatieserver/search/v3_1`",
  },
  rawDays: {
    env: 'MEETNET_RAW_DAYS',
    key: 'raw.days',
    schema: wholeNumber(1, 3_650),
    fallback: 90,
    meaning: 'days that the raw counters of tests are kept, for `replay`',
  },
  influxUrl: {
    env: 'MEETNET_INFLUX_URL',
    key: 'influx.url',
    schema: origin(['http', 'https']),
    fallback: 'http://127.0.0.1:8086',
    meaning: 'InfluxDB (1.x API)',
  },
  influxDatabase: {
    env: 'MEETNET_INFLUX_DATABASE',
    key: 'influx.database',
    schema: text('a name'),
    fallback: 'meetnet',
    meaning: 'InfluxDB database',
  },
  influxUsername: {
    env: 'MEETNET_INFLUX_USERNAME',
    key: 'influx.username',
    schema: text('a name'),
    fallback: undefined,
    meaning: 'InfluxDB user',
  },
  influxPassword: {
    env: 'MEETNET_INFLUX_PASSWORD',
    key: 'influx.password',
    schema: text('a password'),
    fallback: undefined,
    secret: true,
    meaning: 'InfluxDB password',
  },
  meetpuntHost: {
    env: 'MEETNET_MEETPUNT_HOST',
    key: 'meetpunt.host',
    schema: host,
    fallback: '127.0.0.1',
    meaning: 'address that the measure server listens on',
  },
  meetpuntPort: {
    env: 'MEETNET_MEETPUNT_PORT',
    key: 'meetpunt.port',
    schema: port,
    fallback: 8081,
    meaning: 'port of the measure server; 0 takes a free one',
  },
  meetpuntUrl: {
    env: 'MEETNET_MEETPUNT_URL',
    key: 'meetpunt.url',
    schema: origin(['http', 'https']),
    fallback: undefined,
    fallbackText: 'host and port',
    meaning: 'address of the measure server that agents are told; with https, tests go over TLS',
  },
  meetpuntSlots: {
    env: 'MEETNET_MEETPUNT_SLOTS',
    key: 'meetpunt.slots',
    schema: wholeNumber(0, 1000),
    fallback: 1,
    meaning:
      'tests that the measure server carries at the same time; 0: none runs beside the collector',
  },
  meetpuntKeyFile: {
    env: 'MEETNET_MEETPUNT_KEY_FILE',
    key: 'meetpunt.key_file',
    schema: text('the path of a file'),
    fallback: undefined,
    meaning: 'for a measure server alone: the `slot.key` of the collector whose slots it admits',
  },
  meetpuntTlsCert: {
    env: 'MEETNET_MEETPUNT_TLS_CERT',
    key: 'meetpunt.tls_cert',
    schema: text('the path of a PEM file'),
    fallback: undefined,
    meaning: 'certificate with which the measure server speaks TLS too, on the same port',
  },
  meetpuntTlsKey: {
    env: 'MEETNET_MEETPUNT_TLS_KEY',
    key: 'meetpunt.tls_key',
    schema: text('the path of a PEM file'),
    fallback: undefined,
    meaning: 'private key of that certificate; both are read again when they change',
  },
  meetpuntMetricsPort: {
    env: 'MEETNET_MEETPUNT_METRICS_PORT',
    key: 'meetpunt.metrics_port',
    schema: port,
    fallback: undefined,
    fallbackText: 'off',
    meaning: "port of the measure server's metrics for Prometheus; 0 takes a free one",
  },
  meetpuntMetricsHost: {
    env: 'MEETNET_MEETPUNT_METRICS_HOST',
    key: 'meetpunt.metrics_host',
    schema: host,
    fallback: '127.0.0.1',
    meaning: 'address that the metrics listen on',
  },
  meetpunten: {
    env: 'MEETNET_MEETPUNTEN',
    key: 'meetpunten',
    schema: measureServers(),
    fallback: undefined,
    meaning:
      'measure servers elsewhere: `URL=SLOTS,URL=SLOTS`, or in the file a list of `{url, slots}`',
  },
  meetpuntGuests: {
    env: 'MEETNET_MEETPUNT_GUESTS',
    key: 'meetpunt.guests',
    schema: oneOf(['off', 'on']),
    fallback: 'off',
    meaning:
      'whether the measure server answers clients of ndt7, LibreSpeed and Cloudflare, while no agent needs the place',
  },
  meetpuntGuestBytes: {
    env: 'MEETNET_MEETPUNT_GUEST_BYTES',
    key: 'meetpunt.guest_bytes',
    schema: wholeNumber(1, Number.MAX_SAFE_INTEGER),
    fallback: 10_000_000_000,
    meaning: 'most that guests of one network may send and receive in a day (UTC)',
  },
  normDownload: {
    env: 'MEETNET_NORM_DOWNLOAD',
    key: 'norm.download',
    schema: decimal(0.1, 100_000),
    fallback: NORM_500_40.download,
    meaning: 'norm, Mbit/s down at the IP layer',
  },
  normUpload: {
    env: 'MEETNET_NORM_UPLOAD',
    key: 'norm.upload',
    schema: decimal(0.1, 100_000),
    fallback: NORM_500_40.upload,
    meaning: 'norm, Mbit/s up at the IP layer',
  },
  normTolerance: {
    env: 'MEETNET_NORM_TOLERANCE',
    key: 'norm.tolerance',
    schema: decimal(0, 0.2),
    fallback: NORM_500_40.tolerance,
    meaning: 'share of the norm by which a reading may stay under it',
  },
  normWindowDays: {
    env: 'MEETNET_NORM_WINDOW_DAYS',
    key: 'norm.window_days',
    schema: wholeNumber(1, 366),
    fallback: NORM_500_40.windowDays,
    meaning: 'days of evidence that a verdict rests on',
  },
  normMinTests: {
    env: 'MEETNET_NORM_MIN_TESTS',
    key: 'norm.min_tests',
    schema: wholeNumber(1, 10_000),
    fallback: NORM_500_40.minTests,
    meaning: 'tests that are enough evidence',
  },
  normMinDays: {
    env: 'MEETNET_NORM_MIN_DAYS',
    key: 'norm.min_days',
    schema: wholeNumber(1, 366),
    fallback: NORM_500_40.minDays,
    meaning: 'days over which those tests must lie',
  },
  normPassesAtAnyHour: {
    env: 'MEETNET_NORM_PASSES_AT_ANY_HOUR',
    key: 'norm.passes_at_any_hour',
    schema: oneOf(['off', 'on']),
    fallback: 'off',
    meaning: 'may passes at any hour prove `meets`, every fail held against them',
  },
  normNewestRunsFirst: {
    env: 'MEETNET_NORM_NEWEST_RUNS_FIRST',
    key: 'norm.newest_runs_first',
    schema: oneOf(['off', 'on']),
    fallback: 'off',
    meaning: 'do the newest tests, where they all say otherwise, go before the window',
  },
  normQuietHours: {
    env: 'MEETNET_NORM_QUIET_HOURS',
    key: 'norm.quiet_hours',
    schema: hourRange(),
    fallback: NORM_500_40.quietHours,
    fallbackText: `${NORM_500_40.quietHours.fromHour}-${NORM_500_40.quietHours.toHour}`,
    meaning: 'hours in which a line is presumed quiet, Europe/Amsterdam',
  },
  normSchoolHours: {
    env: 'MEETNET_NORM_SCHOOL_HOURS',
    key: 'norm.school_hours',
    schema: hourRange(),
    fallback: NORM_500_40.schoolHours,
    fallbackText: `${NORM_500_40.schoolHours.fromHour}-${NORM_500_40.schoolHours.toHour}`,
    meaning: 'school hours on school days, Europe/Amsterdam',
  },
  schoolHolidays: {
    env: 'MEETNET_SCHOOL_HOLIDAYS',
    key: 'school_holidays',
    schema: text('the path of a YAML or JSON file'),
    fallback: undefined,
    meaning: 'file with the school holidays of the regions noord, midden and zuid',
  },
  dossierDeadlines: {
    env: 'MEETNET_DOSSIER_DEADLINES',
    key: 'dossier.deadlines',
    schema: deadlinesSetting(),
    fallback: undefined,
    fallbackText:
      '`signalled=14,asked=28,wants_better=42,offer=30,maatwerk=90,ordered=184,delivered=42`',
    meaning:
      'days that a dossier may stay in a state before its operators are reminded; `-` for none',
  },
  smtpUrl: {
    env: 'MEETNET_SMTP_URL',
    key: 'smtp.url',
    schema: smtpAddress(),
    fallback: undefined,
    fallbackText: 'off',
    secret: true,
    meaning:
      'mail server: `smtps://user:password@host` (port 465) or `smtp://…` with STARTTLS (587); special characters percent-encoded',
  },
  smtpStartTls: {
    env: 'MEETNET_SMTP_STARTTLS',
    key: 'smtp.starttls',
    schema: oneOf(['required', 'off']),
    fallback: 'required',
    meaning: 'with `smtp://`: `off` sends in clear, for a mail server on this machine',
  },
  mailFrom: {
    env: 'MEETNET_MAIL_FROM',
    key: 'mail.from',
    schema: mailFrom(),
    fallback: undefined,
    meaning:
      'sender of all mail: `Meetnet <meetnet@example.nl>`; its domain is in every Message-ID',
  },
  webhookPrivate: {
    env: 'MEETNET_WEBHOOK_PRIVATE',
    key: 'webhook.private',
    schema: oneOf(['refused', 'allowed']),
    fallback: 'refused',
    meaning: 'whether webhooks may go to private and loopback addresses, and over http',
  },
  subsidySchemes: {
    env: 'MEETNET_SUBSIDY_SCHEMES',
    key: 'subsidy.schemes',
    schema: text('the path of a YAML or JSON file'),
    fallback: undefined,
    meaning: 'file with subsidy schemes of your own beside that of 2017',
  },
  subsidyReading: {
    env: 'MEETNET_SUBSIDY_READING',
    key: 'subsidy.reading',
    schema: text('the name of a reading, such as literal or po-raad'),
    fallback: 'literal',
    meaning: 'how a scheme is read: whether its threshold comes off the shares or off the price',
  },
  minOutageSeconds: {
    env: 'MEETNET_MIN_OUTAGE_SECONDS',
    key: 'availability.min_outage_seconds',
    schema: wholeNumber(0, 86_400),
    fallback: 0,
    meaning: 'shortest outage that counts in the availability of a line, in seconds',
  },
  maintenance: {
    env: 'MEETNET_MAINTENANCE',
    key: 'availability.maintenance',
    schema: maintenanceWindows(),
    fallback: undefined,
    meaning:
      'planned maintenance, left out of availability: `FROM/TO,FROM/TO`, or in the file a list of `{from, to, locations}`',
  },
} as const satisfies SettingTable;

/** Keys of the agent's table: one file may serve both. A test holds them against it. */
export const AGENT_KEYS = ['collector', 'agent.'] as const;

export type CollectorSettings = SettingValues<typeof COLLECTOR_SETTINGS>;

/** Throws `bad_settings` listing every problem at once. */
export function readCollectorSettings(
  env: Readonly<Record<string, string | undefined>>,
  file: SettingsFile | undefined,
): CollectorSettings {
  return readSettings(COLLECTOR_SETTINGS, env, file, AGENT_KEYS);
}
