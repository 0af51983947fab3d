// The page of alerts in Dutch. An alert's own sentences come from the collector.

export const nlIncidents = {
  title: 'Meldingen',
  show: 'Welke meldingen',
  statuses: { open: 'Nu', closed: 'Voorbij' },
  shown: (count: string) =>
    `${count} ${count === '1' ? 'melding' : 'meldingen'}, laatst veranderd eerst`,
  caption: 'Meldingen met wat er is en wie het zag',
  columns: { what: 'Melding', where: 'Waar', since: 'Sinds', seen: 'Gezien door' },
  over: (at: string) => `voorbij sinds ${at}`,
  more: (count: string) => `en nog ${count}`,
  elsewhere: (count: string) => `en ${count} van andere besturen`,
  nobody: 'nog niemand',
  state: (since: string, seenBy: string) => `(sinds ${since}; gezien door: ${seenBy})`,
  acknowledge: 'Ik heb dit gezien',
  acknowledgeOf: (what: string) => `Ik heb dit gezien: ${what}`,
  note: 'Toelichting',
  noteHint: 'Niet verplicht. Zichtbaar voor wie deze melding ziet.',
  submit: 'Vastleggen',
  busy: 'Bezig met vastleggen…',
  cancel: 'Annuleren',
  noneOpen: 'Er is nu niets te melden',
  noneOpenText:
    'Zodra een locatie onder de norm raakt, een lijn plotseling verandert of stil blijft, of een meetserver tekortschiet, staat het hier.',
  noneClosed: 'Er zijn nog geen meldingen voorbij',
  noneClosedText: 'Een melding komt hier te staan zodra er niets meer aan de hand is.',
};
