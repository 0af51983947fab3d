// The pages' texts in Dutch, which set the form for every other language. A text with figures is a
// function of formatted figures, so that word order stays each language's own. Sentences about a
// verdict are not here: they come from the collector.
import type { FailureCode } from '#shared/model/failure.ts';
import type { Flag, TestOutcome } from '#shared/model/measurement.ts';
import type { Outcome } from '#shared/model/verdict.ts';

const verdicts: Record<Outcome, string> = {
  meets: 'Voldoet aan de norm',
  below: 'Onder de norm',
  intermittent: 'Wisselend',
  inconclusive: 'Nog onvoldoende metingen',
  unfit: 'Meetopstelling ongeschikt',
  no_data: 'Geen gegevens',
};

const outcomes: Record<TestOutcome, string> = {
  pass: 'Haalt de norm',
  fail: 'Haalt de norm niet',
  inconclusive: 'Onbeslist',
};

const flags: Record<Flag, { readonly name: string; readonly meaning: string }> = {
  nic_limited: {
    name: 'Netwerkpoort beperkt',
    meaning: 'De netwerkpoort van het meetapparaat is te traag om de norm te kunnen meten.',
  },
  cpu_limited: {
    name: 'Processor beperkt',
    meaning: 'Het meetapparaat had het te druk om de snelheid goed te meten.',
  },
  cross_traffic: {
    name: 'Ander verkeer',
    meaning: 'Tijdens de meting was de lijn ook door anderen in gebruik.',
  },
  server_limited: {
    name: 'Meetserver vol',
    meaning: 'De meetserver zat aan zijn grens of schoot zelf tekort; dat zegt niets over de lijn.',
  },
  wifi: { name: 'Wifi', meaning: 'Het meetapparaat hangt aan wifi in plaats van aan een kabel.' },
  burst_shaped: {
    name: 'Snelle start',
    meaning: 'De eerste seconden waren sneller dan de rest: de lijn wordt na een piek begrensd.',
  },
  no_plateau: {
    name: 'Geen stabiel niveau',
    meaning: 'De snelheid kwam tijdens de meting niet tot rust.',
  },
  high_variance: {
    name: 'Sterk wisselend',
    meaning: 'De snelheid schommelde tijdens de meting te veel.',
  },
  clock_unsynced: {
    name: 'Klok loopt af',
    meaning: 'De klok van het meetapparaat week te veel af van die van de collector.',
  },
};

const failures: Record<FailureCode, string> = {
  dns_lookup_failed: 'De naam van de meetserver is niet gevonden (DNS).',
  network_unreachable: 'Het netwerk was niet bereikbaar.',
  connect_refused: 'De meetserver weigerde de verbinding.',
  connect_timed_out: 'De meetserver antwoordde niet op tijd.',
  connection_reset: 'De verbinding werd verbroken.',
  connection_closed: 'De verbinding werd voortijdig gesloten.',
  tls_failed: 'Er kwam geen beveiligde verbinding tot stand.',
  tls_untrusted:
    'Het certificaat van de meetserver was niet te vertrouwen; waarschijnlijk opent een filter de beveiligde verbinding.',
  intercepted: 'Iets anders dan de meetserver antwoordde, bijvoorbeeld een filter of proxy.',
  protocol_error: 'De meetserver gaf een antwoord dat niet klopt.',
  not_admitted: 'De meetserver liet de meting niet toe.',
  test_timed_out: 'De meting duurde te lang en is afgebroken.',
  stopped: 'De meting is gestopt door een beheerder of bij het afsluiten.',
  line_busy: 'De lijn werd niet rustig genoeg om te meten.',
  over_budget: 'Het budget aan gegevens voor metingen was op.',
  unknown_failure: 'De meting is door een onbekende oorzaak mislukt.',
};

export const nl = {
  language: { name: 'Nederlands', choose: 'Taal' },
  app: {
    name: 'Meetnet',
    skipToContent: 'Naar de inhoud',
    mainNavigation: 'Hoofdmenu',
    signOut: 'Uitloggen',
    loading: 'Gegevens worden geladen…',
    retry: 'Opnieuw proberen',
  },
  live: {
    label: 'Bijwerken',
    connecting: 'Verbinden…',
    live: 'Live',
    reconnecting: 'Verbinding verbroken, opnieuw verbinden…',
    stale: (at: string) =>
      `Geen verbinding met de collector. U ziet de gegevens van ${at}; de pagina werkt zichzelf bij zodra de verbinding terug is.`,
  },
  problem: {
    title: 'Dit ging niet goed',
    faults: 'Wat er niet klopt',
    detail: 'Melding van de collector:',
    codes: {
      no_reply:
        'De collector is niet bereikbaar. Controleer uw verbinding; draait de collector nog?',
      timed_out: 'De collector gaf niet op tijd antwoord. Probeer het opnieuw.',
      unreadable_reply: 'De collector gaf een antwoord dat niet te lezen is. Probeer het opnieuw.',
      not_signed_in: 'U bent niet (meer) ingelogd. Log opnieuw in.',
      not_allowed: 'U hebt geen rechten om dit te doen of te zien.',
      not_found: 'Dit bestaat niet, of u mag het niet zien.',
      too_many_requests: 'Te veel pogingen achter elkaar. Wacht een paar minuten.',
      setup_token_wrong:
        'Deze link is onjuist, al gebruikt of vervangen. Start de collector opnieuw; die toont dan een nieuwe link.',
      store_unavailable: 'De opslag van de collector antwoordt niet. Probeer het later opnieuw.',
      internal_error: 'Er ging iets mis in de collector. Het logboek van de collector zegt wat.',
      bad_request: 'De collector kon deze gegevens niet gebruiken.',
    } as Record<string, string>,
    unknown: 'Er ging iets mis.',
    crash: 'Deze pagina is door een fout in Meetnet vastgelopen.',
    reload: 'Pagina opnieuw laden',
  },
  notFound: {
    title: 'Pagina niet gevonden',
    text: 'Op dit adres is geen pagina. Misschien is de link verouderd of verkeerd overgenomen.',
    location: (id: string) => `Er is geen locatie ${id}, of u mag haar niet zien.`,
    home: 'Naar alle locaties',
  },
  signIn: {
    title: 'Inloggen',
    email: 'E-mailadres',
    password: 'Wachtwoord',
    submit: 'Inloggen',
    busy: 'Bezig met inloggen…',
    wrong: 'Het e-mailadres of het wachtwoord klopt niet.',
    setupNeeded: 'Er is nog geen account',
    setupHint:
      'Bij de eerste start toont de collector in zijn uitvoer een link waarmee u het eerste account maakt. Die ziet er zo uit:',
    setupAgain:
      'Link kwijt? Start de collector opnieuw; zolang er geen account is, toont hij een nieuwe link.',
  },
  setup: {
    title: 'Eerste account maken',
    intro: 'U maakt het eerste account. Het ziet alle besturen en mag alles beheren.',
    name: 'Naam',
    password: 'Wachtwoord',
    passwordHint:
      'Minstens 12 tekens. Een zin die alleen u bedenkt is goed en makkelijk te onthouden.',
    passwordShort: 'Het wachtwoord heeft minder dan 12 tekens.',
    submit: 'Account maken',
    busy: 'Account wordt gemaakt…',
    noToken:
      'In dit adres staat geen token. Open de volledige link die de collector bij de eerste start toonde.',
    done: 'Het eerste account bestaat al. Log in met dat account.',
  },
  verdicts,
  maatwerk: 'Maatwerk',
  maatwerkMeaning: 'Aangemerkt voor maatwerk: deze locatie haalt de norm niet.',
  outcomes,
  provisional: 'voorlopig, wacht op bevestiging',
  flags,
  failures,
  /** Why a test did not count, besides flags and failures. */
  exclusions: {
    unconfirmed: 'Net onder de norm en niet bevestigd',
    undecided: 'Geen duidelijke uitslag',
    not_quiet: 'Niet zeker of de lijn rustig was',
  },
  direction: { download: 'Download', upload: 'Upload' },
  capacity: {
    unit: 'Mbit/s',
    layer: 'IP‑laag',
    atLeast: (value: string) => `ten minste ${value}`,
    interval: (low: string, high: string) => `${low} tot ${high}`,
    required: (value: string) => `Vereist: ${value} Mbit/s`,
  },
  list: {
    title: 'Locaties',
    norm: (down: string, up: string) =>
      `Norm: ${down} Mbit/s download en ${up} Mbit/s upload, gemeten op de IP-laag.`,
    verdictFilter: 'Filter op oordeel',
    all: 'Alle locaties',
    search: 'Zoeken',
    searchHint: 'Naam, vestigingscode, plaats, gemeente of bestuur',
    clear: 'Filters wissen',
    shown: (shown: string, total: string) => `${shown} van ${total} locaties`,
    caption: 'Locaties met hun oordeel en laatste meting',
    columns: {
      name: 'Locatie',
      board: 'Bestuur',
      verdict: 'Oordeel',
      download: 'Download',
      upload: 'Upload',
      flags: 'Kenmerken laatste meting',
      contact: 'Laatste contact',
    },
    sortHint: 'Sorteren op',
    noMeasurement: 'geen meting',
    noFlags: 'geen',
    connected: 'verbonden',
    neverContact: 'nooit',
    emptyTitle: 'Nog geen locaties',
    emptyText:
      'Er zijn nog geen locaties ingelezen, of u mag er geen zien. Een beheerder leest DUO’s vestigingenbestand in met deze opdracht:',
    noMatchTitle: 'Geen locatie gevonden',
    noMatchText: 'Geen enkele locatie past bij deze filters.',
  },
  pages: {
    label: 'Bladzijden',
    previous: 'Vorige',
    next: 'Volgende',
    current: (page: string, pages: string) => `Bladzijde ${page} van ${pages}`,
  },
  location: {
    breadcrumb: 'Kruimelpad',
    verdict: 'Oordeel',
    reasons: 'Waarom',
    evidence: 'Waar het oordeel op rust',
    evidenceWindow: (from: string, to: string) => `Metingen van ${from} tot en met ${to}`,
    tests: 'Metingen in deze periode',
    capacityTests: 'Telden mee voor de capaciteit van de lijn (rustige lijn)',
    useTests: 'Telden mee voor het gebruik in schooltijd',
    excluded: 'Telden niet mee, naar oorzaak',
    judged: (at: string, version: string) => `Beoordeeld op ${at} volgens norm ${version}.`,
    chart: 'Capaciteit in de tijd',
    measurements: 'Metingen',
    devices: 'Meetapparaten',
    pupils: 'leerlingen',
  },
  chart: {
    period: 'Periode',
    periods: { day: '24 uur', week: '7 dagen', month: '28 dagen', year: '1 jaar' },
    label: (direction: string, count: string, required: string) =>
      `Grafiek van ${direction} op de IP-laag: ${count} metingen, met de vereiste ${required} Mbit/s als lijn. De tabel hieronder bevat dezelfde gegevens.`,
    heading: (direction: string) => `${direction}, IP-laag, Mbit/s`,
    requiredLine: (value: string) => `vereist ${value}`,
    legend: 'Legenda',
    legendInterval: '95%-betrouwbaarheidsinterval',
    legendRequired: 'Vereiste waarde',
    legendFlagged: 'Met kenmerk',
    legendFailed: 'Mislukte meting',
    pointHint: 'Wijs een meting aan voor de waarden.',
    none: 'In deze periode zijn geen metingen.',
    readout: (at: string, down: string, up: string) => `${at}: download ${down}, upload ${up}`,
    failed: 'mislukt',
  },
  measurements: {
    caption: 'Metingen, nieuwste eerst',
    columns: {
      time: 'Tijd',
      download: 'Download',
      upload: 'Upload',
      latency: 'Vertraging',
      bytes: 'Verbruik',
      flags: 'Kenmerken',
    },
    latencyBound: (p95: string) => `95% onder ${p95}`,
    noLatency: 'niet gemeten',
    failed: 'Mislukt',
    noResult: 'geen waarde',
    interval: '95%-interval',
  },
  latency: {
    title: 'Vertraging en verlies',
    none: 'Er is nog geen minuut met kleine pakketjes gemeten; dat gebeurt elk uur.',
    measured: 'Gemeten',
    roundTrip: 'Heen en terug, lijn in rust',
    roundTripText: (median: string, p95: string, least: string) =>
      `${median} (95% onder ${p95}, minst ${least})`,
    variation: 'Schommeling (95%)',
    loss: 'Pakketverlies',
    lossText: (share: string, low: string, high: string) => `${share} (95%: ${low} tot ${high})`,
    lossWays: (forward: string, reverse: string) => `heen ${forward}, terug ${reverse}`,
    lossUnknown: 'niet te meten: dit netwerk laat geen UDP door',
    loaded: {
      download: 'Vertraging tijdens download',
      upload: 'Vertraging tijdens upload',
    },
    responsiveness: (rpm: string) => `${rpm} keer heen en terug per minuut (RPM)`,
    lookup: (name: string) => `Opzoeken van ${name}`,
    reach: (name: string) => `Verbinding met ${name}`,
    failed: (why: string) => `mislukt: ${why}`,
  },
  devices: {
    none: 'Op deze locatie is nog geen meetapparaat aangemeld.',
    connected: 'Verbonden',
    disconnected: 'Niet verbonden',
    lastContact: 'Laatste contact',
    never: 'nooit',
    position: 'Plaats in het netwerk',
    positions: {
      in_path: 'in het pad: al het verkeer loopt erdoor',
      off_path: 'naast het pad: achter de router',
    },
    version: 'Versie van de agent',
    clock: 'Afwijking van de klok',
    spool: 'Nog te versturen',
    spoolText: (records: string, bytes: string) => `${records} metingen (${bytes})`,
    spoolDropped: (records: string) => `${records} metingen verloren door een volle opslag`,
    spoolCorrupt: (records: string) => `${records} metingen onleesbaar op schijf`,
    enrolled: 'Aangemeld op',
    unknown: 'onbekend',
    add: 'Meetapparaat toevoegen',
    addText:
      'Maak een code en geef daarmee op het apparaat deze opdracht. De code werkt één keer en alleen voor deze locatie.',
    makeCode: 'Aanmeldcode maken',
    makingCode: 'Code wordt gemaakt…',
    codeExpires: (at: string) => `Geldig tot ${at}. De code is hierna niet meer op te vragen.`,
    copy: 'Opdracht kopiëren',
    copied: 'Gekopieerd',
    copyFailed: 'Kopiëren lukt niet; selecteer de opdracht zelf.',
  },
};
