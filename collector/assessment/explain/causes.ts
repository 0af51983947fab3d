// Why a test did not count or gave no result, in words for people who run a school.
import { FAILURES, type FailureCode } from '#shared/model/failure.ts';
import { type Flag, QUALITY_FLAGS } from '#shared/model/measurement.ts';
import type { Text } from '#shared/wire/api.ts';
import { OTHER_CAUSES } from '../rules/disqualified.ts';

export type Cause = Flag | FailureCode | (typeof OTHER_CAUSES)[number];
export const CAUSES: readonly Cause[] = [...QUALITY_FLAGS, ...FAILURES, ...OTHER_CAUSES];

/** Each completes "12 times, because …". */
const CAUSE_TEXTS: Readonly<Record<Cause, Text>> = {
  nic_limited: {
    nl: 'de netwerkpoort of kabel van het meetapparaat te traag was',
    en: 'the network port or cable of the measuring device was too slow',
  },
  cpu_limited: {
    nl: 'het meetapparaat zelf te zwaar belast of te traag was',
    en: 'the measuring device itself was overloaded or too slow',
  },
  cross_traffic: {
    nl: 'er ander verkeer op de lijn was of leek te zijn',
    en: 'there was or seemed to be other traffic on the line',
  },
  server_limited: {
    nl: 'de meetserver vol zat of zelf tekortschoot',
    en: 'the measuring server was at its limit or fell short itself',
  },
  wifi: {
    nl: 'het meetapparaat via wifi was verbonden',
    en: 'the measuring device was connected by Wi-Fi',
  },
  burst_shaped: {
    nl: 'de lijn alleen de eerste seconden sneller was',
    en: 'the line was faster in the first seconds only',
  },
  no_plateau: {
    nl: 'de snelheid niet tot rust kwam',
    en: 'the speed did not settle',
  },
  high_variance: {
    nl: 'de snelheid tijdens de meting te sterk schommelde',
    en: 'the speed varied too much during the test',
  },
  clock_unsynced: {
    nl: 'de klok van het meetapparaat niet gelijk liep',
    en: 'the clock of the measuring device was off',
  },
  dns_lookup_failed: {
    nl: 'het adres van de meetserver niet gevonden werd',
    en: 'the address of the measuring server was not found',
  },
  network_unreachable: {
    nl: 'er geen netwerk was',
    en: 'there was no network',
  },
  connect_refused: {
    nl: 'de meetserver de verbinding weigerde',
    en: 'the measuring server refused the connection',
  },
  connect_timed_out: {
    nl: 'de meetserver niet bereikbaar was',
    en: 'the measuring server could not be reached',
  },
  connection_reset: {
    nl: 'de verbinding werd afgebroken',
    en: 'the connection was cut off',
  },
  connection_closed: {
    nl: 'de verbinding te vroeg werd gesloten',
    en: 'the connection was closed too early',
  },
  tls_failed: {
    nl: 'er geen beveiligde verbinding tot stand kwam',
    en: 'no secure connection could be made',
  },
  tls_untrusted: {
    nl: 'het certificaat van de meetserver niet te vertrouwen was',
    en: 'the certificate of the measuring server could not be trusted',
  },
  intercepted: {
    nl: 'een filter of inlogpagina de meting tegenhield',
    en: 'a filter or sign-in page stood in the way',
  },
  protocol_error: {
    nl: 'de meetserver anders antwoordde dan verwacht',
    en: 'the measuring server gave an unexpected answer',
  },
  not_admitted: {
    nl: 'de meetserver de meting niet toeliet',
    en: 'the measuring server did not admit the test',
  },
  test_timed_out: {
    nl: 'de meting niet binnen de tijd klaar was',
    en: 'the test did not finish in time',
  },
  stopped: {
    nl: 'de meting werd gestopt',
    en: 'the test was stopped',
  },
  line_busy: {
    nl: 'de lijn te druk bleef om te meten',
    en: 'the line stayed too busy to measure',
  },
  over_budget: {
    nl: 'de hoeveelheid data voor metingen op was',
    en: 'the data allowed for testing was used up',
  },
  unknown_failure: {
    nl: 'de meting om onbekende reden mislukte',
    en: 'the test failed for an unknown reason',
  },
  unconfirmed: {
    nl: 'de uitslag net onder de norm lag en niet door een tweede meting is bevestigd',
    en: 'the result was just under the norm and no second test confirmed it',
  },
  undecided: {
    nl: 'de meting geen duidelijke uitslag gaf',
    en: 'the test gave no clear result',
  },
  figures_disagree: {
    nl: 'de cijfers van de meting niet bij elkaar pasten',
    en: 'the figures of the test did not belong together',
  },
  figures_repeat: {
    nl: 'het meetapparaat steeds precies dezelfde cijfers gaf',
    en: 'the measuring device gave exactly the same figures every time',
  },
  directions_swapped: {
    nl: 'er een verwisseling van download en upload leek te zijn',
    en: 'there seemed to be a mix-up of download and upload',
  },
  figures_erratic: {
    nl: 'de cijfers van de ene meting op de andere onmogelijk sprongen',
    en: 'the figures jumped impossibly from one test to the next',
  },
  not_quiet: {
    nl: 'de meting buiten schooltijd was en niet vaststaat dat de lijn toen stil was',
    en: 'the test was outside school hours and the line is not known to have been quiet then',
  },
};

/** A cause that this version does not know is said by its code. */
export function causeText(cause: string): Text {
  return isCause(cause) ? CAUSE_TEXTS[cause] : { nl: `code “${cause}”`, en: `code “${cause}”` };
}

export function isCause(cause: string): cause is Cause {
  return Object.hasOwn(CAUSE_TEXTS, cause);
}
