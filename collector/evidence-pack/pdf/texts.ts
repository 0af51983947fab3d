// The report's own words in both languages. Sentences about the verdict come from assessment/explain.
import type { Direction } from '#shared/model/norm.ts';
import type { Text } from '#shared/wire/api.ts';
import type { ChartPoint } from './chart.ts';

export interface ReportTexts {
  readonly locale: string;
  readonly title: string;
  readonly directions: Readonly<Record<Direction, string>>;
  readonly marks: Readonly<Record<ChartPoint['mark'], string>>;
  readonly roles: Readonly<Record<'main' | 'backup', string>>;
  readonly pupils: (count: string, margin: string) => string;
  readonly period: (from: string, to: string, madeAt: string) => string;
  readonly judged: (at: string, norm: string, rules: string) => string;
  readonly ofLine: (line: string, outcome: string) => string;
  readonly overruled: (outcome: string, until: string, reason: string) => string;
  readonly notReproduced: (notes: string) => string;
  readonly short: (
    direction: string,
    reading: string,
    mbps: string,
    share: string,
    asked: string,
  ) => string;
  readonly enough: (direction: string, reading: string, asked: string) => string;
  readonly noReading: (direction: string) => string;
  readonly line: (name: string) => string;
  readonly lineEnded: (date: string) => string;
  readonly notJudged: string;
  readonly figures: Readonly<
    Record<
      'direction' | 'reading' | 'passed' | 'norm' | 'short' | 'contract' | 'shortOfContract',
      string
    >
  >;
  readonly passedOf: (passes: string, tests: string) => string;
  readonly rules: Readonly<Record<'title' | 'rule' | 'asked' | 'seen' | 'answer', string>>;
  readonly interval: (low: string, high: string) => string;
  readonly ofTests: (n: string) => string;
  readonly chart: (direction: string) => string;
  readonly chartAlt: (direction: string, tests: string, norm: string) => string;
  readonly normLevel: (mbps: string) => string;
  readonly contractLevel: (mbps: string) => string;
  readonly others: Readonly<Record<'title' | 'note' | 'rule' | 'answer' | 'source', string>>;
  readonly explanation: string;
  readonly explained: (norm: {
    readonly download: string;
    readonly upload: string;
    readonly tolerance: string;
    readonly meets: string;
    readonly below: string;
  }) => readonly string[];
  readonly madeWith: string;
  readonly servers: (list: string) => string;
  readonly software: (collector: string, agents: string) => string;
  readonly tests: string;
  readonly counts: (all: string, counted: string, excluded: string, failed: string) => string;
  readonly columns: Readonly<Record<'time' | 'line' | 'down' | 'up' | 'capacity' | 'use', string>>;
  readonly counted: Readonly<Record<'pass' | 'fail' | 'second', string>>;
  readonly none: string;
  readonly foot: (location: string, format: string) => string;
  readonly pageOf: (page: number, pages: number) => string;
}

export const REPORT_TEXTS: Readonly<Record<keyof Text, ReportTexts>> = {
  nl: {
    locale: 'nl-NL',
    title: 'Bewijs van de internetsnelheid',
    directions: { download: 'Download', upload: 'Upload' },
    marks: {
      capacity: 'telt voor de capaciteit',
      use: 'telt alleen voor het gebruik in schooltijd',
      neither: 'telt niet mee',
      failed: 'mislukt',
    },
    roles: {
      main: 'hoofdlijn, telt voor het oordeel',
      backup: 'reserve, telt niet voor het oordeel',
    },
    pupils: (count, margin) => `${count}${margin} leerlingen`,
    period: (from, to, madeAt) => `Metingen van ${from} tot en met ${to}. Gemaakt op ${madeAt}.`,
    judged: (at, norm, rules) => `Beoordeeld op ${at} volgens norm ${norm} en regels ${rules}.`,
    ofLine: (line, outcome) => `Lijn ‘${line}’: ${outcome}.`,
    overruled: (outcome, until, reason) =>
      `Een beheerder oordeelt anders: ${outcome}, tot ${until}. Reden: ${reason}`,
    notReproduced: (notes) =>
      `Let op: dit oordeel is opnieuw gegeven en verschilt van het bewaarde oordeel (${notes}).`,
    short: (direction, reading, mbps, share, asked) =>
      `${direction}: doorgaans ${reading}. Dat is ${mbps} (${share}) minder dan de norm van ${asked}.`,
    enough: (direction, reading, asked) =>
      `${direction}: doorgaans ${reading}. Dat is niet minder dan de norm van ${asked}.`,
    noReading: (direction) =>
      `${direction}: geen meting telt mee, dus er is geen tekort vast te stellen.`,
    line: (name) => `Lijn ‘${name}’`,
    lineEnded: (date) => `beëindigd op ${date}`,
    notJudged: 'Deze lijn liep niet toen het oordeel werd gegeven en is niet beoordeeld.',
    figures: {
      direction: 'Richting',
      reading: 'Gemeten (mediaan)',
      passed: 'Norm gehaald',
      norm: 'Norm',
      short: 'Tekort op de norm',
      contract: 'Afgesproken',
      shortOfContract: 'Tekort op de afspraak',
    },
    passedOf: (passes, tests) => `${passes} van ${tests}`,
    rules: {
      title: 'Regel voor regel',
      rule: 'Regel',
      asked: 'Gevraagd',
      seen: 'Gezien',
      answer: 'Antwoord',
    },
    interval: (low, high) => `95%: ${low} tot ${high}`,
    ofTests: (n) => `n = ${n}`,
    chart: (direction) => `${direction}, Mbit/s op de IP-laag, met 95%-interval`,
    chartAlt: (direction, tests, norm) =>
      `Grafiek van ${direction.toLowerCase()}: ${tests} metingen in de tijd tegen de norm van ${norm}. De tabel met alle metingen bevat dezelfde gegevens.`,
    normLevel: (mbps) => `norm ${mbps}`,
    contractLevel: (mbps) => `afgesproken ${mbps}`,
    others: {
      title: 'Regels van anderen over dezelfde metingen',
      note: 'Ter vergelijking; ze tellen niet voor het oordeel. Ze kennen geen rustige lijn en geen kenmerken van een meting.',
      rule: 'Regel',
      answer: 'Antwoord',
      source: 'Bron',
    },
    explanation: 'Hoe dit is vastgesteld',
    explained: ({ download, upload, tolerance, meets, below }) => [
      `Wat wordt vergeleken is de capaciteit op de IP-laag (RFC 9097) in Mbit/s (10⁶ bit per seconde), geteld bij de ontvanger, met een 95%-betrouwbaarheidsinterval. De norm is ${download} down én ${upload} up; een meting mag daar ${tolerance} onder blijven, omdat een lijn van precies die snelheid op de IP-laag iets minder levert.`,
      `Capaciteit: alleen een meting op een lijn die aantoonbaar stil was, zonder kenmerk dat haar ongeschikt maakt, kan bewijzen dat de lijn tekortschiet. Een lijn voldoet als met 95% zekerheid minstens ${meets} van die metingen de norm haalt, en blijft onder de norm als dat met 95% zekerheid minder dan ${below} is. Net onder de norm telt een meting pas als een tweede haar bevestigt. Gebruik: wat er in schooltijd van de lijn over is; andermans verkeer hoort daarbij.`,
      'Elke meting van de periode staat in de tabel, ook mislukte en uitgesloten metingen, met de reden waarom ze niet meetelt. ‘≥’ bij een meting: de meetserver hield haar tempo begrensd, de lijn kan meer aan.',
      'Dit pakket bevat geen adressen van het schoolnetwerk, geen namen van personen of apparaten en van leerlingen alleen hun aantal. Het is ondertekend: manifest.json noemt de SHA-256 van elk bestand en manifest.jws is daarover de handtekening (Ed25519). ‘meetnet-collector verify-evidence BESTAND.zip --key ADRES’ controleert haar met de sleutel die de collector op /.well-known/meetnet-evidence-key publiceert.',
    ],
    madeWith: 'Waarmee is gemeten',
    servers: (list) => `Meetservers: ${list}.`,
    software: (collector, agents) => `Software: collector ${collector}; agents ${agents}.`,
    tests: 'Alle metingen',
    counts: (all, counted, excluded, failed) =>
      `${all} metingen: ${counted} tellen mee, ${excluded} niet; ${failed} mislukten. Snelheden in Mbit/s op de IP-laag met hun 95%-interval, tijden in Nederlandse tijd. ↓ is download, ↑ is upload.`,
    columns: {
      time: 'Tijd',
      line: 'Lijn',
      down: 'Download',
      up: 'Upload',
      capacity: 'Telt voor de capaciteit',
      use: 'Telt voor het gebruik',
    },
    counted: {
      pass: 'ja: gehaald',
      fail: 'ja: niet gehaald',
      second: 'ja: bevestigde een eerdere',
    },
    none: '–',
    foot: (location, format) => `${location} · ${format}`,
    pageOf: (page, pages) => `Pagina ${page} van ${pages}`,
  },
  en: {
    locale: 'en-GB',
    title: 'Evidence of internet speed',
    directions: { download: 'Download', upload: 'Upload' },
    marks: {
      capacity: 'counts for capacity',
      use: 'counts for use in school hours only',
      neither: 'does not count',
      failed: 'failed',
    },
    roles: {
      main: 'main line, counts for the verdict',
      backup: 'backup, does not count for the verdict',
    },
    pupils: (count, margin) => `${count}${margin} pupils`,
    period: (from, to, madeAt) => `Tests from ${from} to ${to}. Made on ${madeAt}.`,
    judged: (at, norm, rules) => `Judged at ${at} by norm ${norm} and rules ${rules}.`,
    ofLine: (line, outcome) => `Line ‘${line}’: ${outcome}.`,
    overruled: (outcome, until, reason) =>
      `An operator says otherwise: ${outcome}, until ${until}. Reason: ${reason}`,
    notReproduced: (notes) =>
      `Note: this verdict was given again and is not the one that was kept (${notes}).`,
    short: (direction, reading, mbps, share, asked) =>
      `${direction}: typically ${reading}. That is ${mbps} (${share}) less than the norm of ${asked}.`,
    enough: (direction, reading, asked) =>
      `${direction}: typically ${reading}. That is no less than the norm of ${asked}.`,
    noReading: (direction) => `${direction}: no test counts, so no shortfall can be stated.`,
    line: (name) => `Line ‘${name}’`,
    lineEnded: (date) => `ended on ${date}`,
    notJudged: 'This line did not run when the verdict was given, and was not judged.',
    figures: {
      direction: 'Direction',
      reading: 'Measured (median)',
      passed: 'Reached the norm',
      norm: 'Norm',
      short: 'Short of the norm',
      contract: 'Contracted',
      shortOfContract: 'Short of the contract',
    },
    passedOf: (passes, tests) => `${passes} of ${tests}`,
    rules: { title: 'Rule by rule', rule: 'Rule', asked: 'Asked', seen: 'Seen', answer: 'Answer' },
    interval: (low, high) => `95%: ${low} to ${high}`,
    ofTests: (n) => `n = ${n}`,
    chart: (direction) => `${direction}, Mbit/s at the IP layer, with 95% interval`,
    chartAlt: (direction, tests, norm) =>
      `Chart of ${direction.toLowerCase()}: ${tests} tests over time against the norm of ${norm}. The table of all tests has the same data.`,
    normLevel: (mbps) => `norm ${mbps}`,
    contractLevel: (mbps) => `contracted ${mbps}`,
    others: {
      title: "Others' rules over the same tests",
      note: 'For comparison; they do not count for the verdict. They know neither a quiet line nor the flags of a test.',
      rule: 'Rule',
      answer: 'Answer',
      source: 'Source',
    },
    explanation: 'How this was established',
    explained: ({ download, upload, tolerance, meets, below }) => [
      `What is compared is the capacity at the IP layer (RFC 9097) in Mbit/s (10⁶ bit per second), counted at the receiver, with a 95% confidence interval. The norm is ${download} down and ${upload} up; a reading may stay ${tolerance} under it, because a line of exactly that speed carries a little less at the IP layer.`,
      `Capacity: only a test on a line that is known to have been quiet, without a flag that makes it unfit, can prove that the line falls short. A line meets the norm when with 95% confidence at least ${meets} of those tests reach it, and is below it when with 95% confidence fewer than ${below} do. Just under the norm a test counts only when a second one confirms it. Use: what is left of the line in school hours; others' traffic is part of that.`,
      'Every test of the period is in the table, failed and excluded ones too, with the reason why it does not count. ‘≥’ at a reading: the measure server paced it, the line can carry more.',
      'This pack holds no address of the school’s network, no name of a person or a device, and of pupils only their number. It is signed: manifest.json names the SHA-256 of each file, and manifest.jws is the signature over it (Ed25519). ‘meetnet-collector verify-evidence FILE.zip --key ADDRESS’ checks it with the key that the collector publishes at /.well-known/meetnet-evidence-key.',
    ],
    madeWith: 'What it was measured with',
    servers: (list) => `Measure servers: ${list}.`,
    software: (collector, agents) => `Software: collector ${collector}; agents ${agents}.`,
    tests: 'All tests',
    counts: (all, counted, excluded, failed) =>
      `${all} tests: ${counted} count, ${excluded} do not; ${failed} failed. Rates in Mbit/s at the IP layer with their 95% interval, times in Dutch time. ↓ is download, ↑ is upload.`,
    columns: {
      time: 'Time',
      line: 'Line',
      down: 'Download',
      up: 'Upload',
      capacity: 'Counts for capacity',
      use: 'Counts for use',
    },
    counted: { pass: 'yes: pass', fail: 'yes: fail', second: 'yes: confirmed an earlier one' },
    none: '–',
    foot: (location, format) => `${location} · ${format}`,
    pageOf: (page, pages) => `Page ${page} of ${pages}`,
  },
};
