// Short words for a table's cells: why a test does not count, and the fixed vocabularies of a test.
import type { FailureCode } from '#shared/model/failure.ts';
import type { Flag } from '#shared/model/measurement.ts';
import type { Text } from '#shared/wire/api.ts';
import type { OTHER_CAUSES } from '../assessment/rules/disqualified.ts';
import type { Beside } from './account.ts';

type Why = Flag | FailureCode | (typeof OTHER_CAUSES)[number] | Beside | 'outside_school_hours';

const WHY_TEXTS: Readonly<Record<Why, Text>> = {
  nic_limited: { nl: 'netwerkpoort te traag', en: 'network port too slow' },
  cpu_limited: {
    nl: 'meetapparaat te zwaar belast of te traag',
    en: 'device overloaded or too slow',
  },
  cross_traffic: { nl: 'ander verkeer op de lijn', en: 'other traffic on the line' },
  server_limited: { nl: 'meetserver schoot tekort', en: 'measure server fell short' },
  wifi: { nl: 'via wifi', en: 'over Wi-Fi' },
  burst_shaped: { nl: 'alleen de eerste seconden sneller', en: 'faster in the first seconds only' },
  no_plateau: { nl: 'snelheid kwam niet tot rust', en: 'speed did not settle' },
  high_variance: { nl: 'snelheid schommelde te sterk', en: 'speed varied too much' },
  clock_unsynced: { nl: 'klok liep niet gelijk', en: 'clock was off' },
  dns_lookup_failed: { nl: 'meetserver niet gevonden', en: 'measure server not found' },
  network_unreachable: { nl: 'geen netwerk', en: 'no network' },
  connect_refused: { nl: 'verbinding geweigerd', en: 'connection refused' },
  connect_timed_out: { nl: 'meetserver niet bereikbaar', en: 'measure server not reached' },
  connection_reset: { nl: 'verbinding afgebroken', en: 'connection cut off' },
  connection_closed: { nl: 'verbinding te vroeg gesloten', en: 'connection closed too early' },
  tls_failed: { nl: 'geen beveiligde verbinding', en: 'no secure connection' },
  tls_untrusted: { nl: 'certificaat niet te vertrouwen', en: 'certificate not trusted' },
  intercepted: { nl: 'filter of inlogpagina', en: 'filter or sign-in page' },
  protocol_error: { nl: 'onverwacht antwoord', en: 'unexpected answer' },
  not_admitted: { nl: 'niet toegelaten', en: 'not admitted' },
  test_timed_out: { nl: 'niet binnen de tijd klaar', en: 'not finished in time' },
  stopped: { nl: 'gestopt', en: 'stopped' },
  line_busy: { nl: 'lijn bleef te druk', en: 'line stayed too busy' },
  over_budget: { nl: 'data voor metingen was op', en: 'data for testing was used up' },
  unknown_failure: { nl: 'mislukt, oorzaak onbekend', en: 'failed, cause unknown' },
  unconfirmed: {
    nl: 'net onder de norm, niet bevestigd',
    en: 'just under the norm, not confirmed',
  },
  undecided: { nl: 'geen duidelijke uitslag', en: 'no clear result' },
  not_quiet: { nl: 'lijn niet aantoonbaar stil', en: 'line not known to be quiet' },
  figures_disagree: { nl: 'cijfers passen niet bij elkaar', en: 'figures disagree' },
  figures_repeat: { nl: 'cijfers herhalen zich', en: 'figures repeat' },
  directions_swapped: { nl: 'richtingen lijken verwisseld', en: 'directions seem swapped' },
  figures_erratic: { nl: 'cijfers springen', en: 'figures jump' },
  outside_window: { nl: 'buiten de periode van het oordeel', en: "outside the verdict's window" },
  received_later: { nl: 'na het oordeel ontvangen', en: 'received after the verdict' },
  line_not_judged: { nl: 'lijn niet beoordeeld', en: 'line not judged' },
  outside_school_hours: { nl: 'buiten schooltijd', en: 'outside school hours' },
};

/** A word of another version stands as it is. */
export function whyText(why: string): Text {
  return Object.hasOwn(WHY_TEXTS, why) ? WHY_TEXTS[why as Why] : { nl: why, en: why };
}

type Terms = Readonly<Record<string, Text>>;

export const YES_NO: Terms = { yes: { nl: 'ja', en: 'yes' }, no: { nl: 'nee', en: 'no' } };
export const OUTCOME_TERMS: Terms = {
  pass: { nl: 'gehaald', en: 'pass' },
  fail: { nl: 'niet gehaald', en: 'fail' },
  inconclusive: { nl: 'onbeslist', en: 'inconclusive' },
};
export const QUIET_TERMS: Terms = {
  known: { nl: 'stil', en: 'quiet' },
  presumed: { nl: 'vermoedelijk stil', en: 'presumed quiet' },
  no: { nl: 'niet aantoonbaar', en: 'not known' },
};
export const POSITION_TERMS: Terms = {
  in_path: { nl: 'in het pad', en: 'in path' },
  off_path: { nl: 'naast het pad', en: 'off path' },
};
export const PACK_TERMS: Terms = {
  meets: { nl: 'voldoet', en: 'meets' },
  short: { nl: 'schiet tekort', en: 'falls short' },
  undecided: { nl: 'onbeslist', en: 'undecided' },
};

/** `2026-03-02 03:10:00`, in the schools' own time; Swedish writes it as ISO 8601 does. */
const LOCAL_TIME = new Intl.DateTimeFormat('sv-SE', {
  ...{ timeZone: 'Europe/Amsterdam', year: 'numeric', month: '2-digit', day: '2-digit' },
  ...{ hour: '2-digit', minute: '2-digit', second: '2-digit' },
});

export function localTime(iso: string): string {
  return LOCAL_TIME.format(Date.parse(iso));
}
