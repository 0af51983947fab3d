// Every word of the survey's page, in Dutch and English.
import type { Text } from '#shared/wire/api.ts';
import { type FaultCode, LIMITS } from './form.ts';

export const TEXTS = {
  title: { nl: 'De internetverbinding van uw school', en: "Your school's internet line" },
  faultTitle: { nl: 'Fout: ', en: 'Error: ' },
  otherLanguage: { nl: 'English', en: 'Nederlands' },
  lead: {
    nl: 'Volgens onze metingen blijft de verbinding van deze locatie onder de norm van een snelle schoolverbinding. Wat vindt u daarvan? Antwoorden kost een minuut.',
    en: 'By our measurements the line of this location stays below the norm of a fast school line. What do you think of it? Answering takes a minute.',
  },
  answerBy: {
    nl: 'U kunt uw antwoord veranderen tot en met',
    en: 'You can change your answer up to and including',
  },
  question: { nl: 'Wat past het best bij uw school?', en: 'What fits your school best?' },
  suffices: { nl: 'De huidige verbinding volstaat', en: 'The present line suffices' },
  tooCostly: {
    nl: 'Beter is gewenst, maar de kosten zijn te hoog',
    en: 'Better is wanted, but the cost is too much',
  },
  wantsBetter: { nl: 'Wij willen een betere verbinding', en: 'We want a better line' },
  why: { nl: 'Waarom volstaat de verbinding?', en: 'Why does the line suffice?' },
  fewPupils: { nl: 'Wij hebben weinig leerlingen', en: 'We have few pupils' },
  satisfied: { nl: 'Wij zijn er tevreden over', en: 'We are satisfied with it' },
  other: { nl: 'Een andere reden', en: 'Another reason' },
  whyText: { nl: 'Welke reden?', en: 'Which reason?' },
  whyHint: { nl: 'Noem geen namen.', en: 'Please name nobody.' },
  cost: { nl: 'Welke kosten zijn te hoog?', en: 'Which cost is too much?' },
  costHint: { nl: 'Kies een of beide.', en: 'Choose one or both.' },
  oneOff: { nl: 'De eenmalige aanleg', en: 'The one-off construction' },
  monthly: { nl: 'Het abonnement per maand', en: 'The monthly subscription' },
  check: { nl: 'Klopt dit?', en: 'Is this right?' },
  checkHint: {
    nl: 'Vul alleen in wat niet klopt.',
    en: 'Fill in only what is wrong.',
  },
  pupils: { nl: 'Aantal leerlingen op deze locatie', en: 'Number of pupils at this location' },
  pupilsKnown: { nl: 'Volgens onze gegevens', en: 'By our data' },
  pupilsUnknown: { nl: 'Dit weten wij niet.', en: 'We do not know this.' },
  buildings: { nl: 'Aantal gebouwen', en: 'Number of buildings' },
  buildingsHint: {
    nl: 'Met een eigen internetverbinding, als het er meer dan één zijn.',
    en: 'With an internet line of their own, if more than one.',
  },
  contactName: { nl: 'Uw naam (niet verplicht)', en: 'Your name (optional)' },
  contactHint: {
    nl: 'Om naar te vragen als wij bellen. Wij bewaren hem ten hoogste een jaar.',
    en: 'To ask for when we call. We keep it for a year at most.',
  },
  send: { nl: 'Antwoord versturen', en: 'Send answer' },
  privacy: {
    nl: 'Deze pagina volgt u niet en gebruikt geen cookies. Uw antwoord gaat naar wie u deze link stuurde en naar uw schoolbestuur.',
    en: 'This page does not follow you and uses no cookies. Your answer goes to who sent you this link and to your school board.',
  },
  faults: { nl: 'Uw antwoord is nog niet verstuurd', en: 'Your answer has not been sent yet' },
  thanks: { nl: 'Dank u wel, uw antwoord is ontvangen', en: 'Thank you, your answer has arrived' },
  yourAnswer: { nl: 'Uw antwoord', en: 'Your answer' },
  reason: { nl: 'Reden', en: 'Reason' },
  tooMuch: { nl: 'Te hoog', en: 'Too much' },
  name: { nl: 'Naam', en: 'Name' },
  next: {
    suffices: {
      nl: 'Wij doen nu niets. De metingen gaan door. Verandert er iets, laat het dan uw schoolbestuur weten.',
      en: 'We do nothing now. Measuring goes on. If something changes, let your school board know.',
    },
    too_costly: {
      nl: 'Wij noteren dat de kosten het bezwaar zijn, en melden ons als dat verandert, bijvoorbeeld door een subsidie.',
      en: 'We note that the cost is the objection, and will be in touch when that changes, by a subsidy for example.',
    },
    wants_better: {
      nl: 'Wij zoeken een passend aanbod en nemen contact op met uw school of bestuur.',
      en: 'We look for a fitting offer and will contact your school or board.',
    },
  },
  change: { nl: 'Antwoord veranderen', en: 'Change the answer' },
  close: { nl: 'U kunt deze pagina sluiten.', en: 'You can close this page.' },
} as const satisfies Record<string, Text | Record<string, Text>>;

export const FAULT_TEXTS: Readonly<Record<FaultCode, Text>> = {
  choose_view: {
    nl: 'Kies wat het best bij uw school past',
    en: 'Choose what fits your school best',
  },
  choose_why: {
    nl: 'Kies waarom de verbinding volstaat',
    en: 'Choose why the line suffices',
  },
  say_why: { nl: 'Vul in welke reden het is', en: 'Fill in which reason it is' },
  choose_cost: { nl: 'Kies welke kosten te hoog zijn', en: 'Choose which cost is too much' },
  pupils_number: {
    nl: `Vul het aantal leerlingen in als geheel getal, ten hoogste ${LIMITS.pupils}`,
    en: `Fill in the number of pupils as a whole number, at most ${LIMITS.pupils}`,
  },
  buildings_number: {
    nl: `Vul het aantal gebouwen in als geheel getal van 1 tot ${LIMITS.buildings}`,
    en: `Fill in the number of buildings as a whole number from 1 to ${LIMITS.buildings}`,
  },
  too_long: { nl: 'Maak deze tekst korter', en: 'Make this text shorter' },
};

/** Why there is no form: a heading and what to do. */
export const NOTICES = {
  unknown: {
    heading: { nl: 'Deze link werkt niet', en: 'This link does not work' },
    text: {
      nl: 'De link is niet volledig, of er is u later een nieuwe gestuurd. Gebruik de link uit de laatste mail, of vraag de afzender om een nieuwe.',
      en: 'The link is not complete, or a newer one was sent to you. Use the link of the latest mail, or ask its sender for a new one.',
    },
  },
  expired: {
    heading: { nl: 'De tijd om te antwoorden is voorbij', en: 'The time to answer has passed' },
    text: {
      nl: 'Vraag de afzender van de mail om een nieuwe link als u nog wilt antwoorden.',
      en: 'Ask the sender of the mail for a new link if you still want to answer.',
    },
  },
  moved_on: {
    heading: { nl: 'Er wordt al aan gewerkt', en: 'It is being worked on already' },
    text: {
      nl: 'Na uw antwoord is er een volgende stap gezet. Neem contact op met de afzender van de mail om er iets aan te veranderen.',
      en: 'A next step was taken after your answer. Contact the sender of the mail to change something.',
    },
  },
  too_many: {
    heading: { nl: 'Te veel pogingen', en: 'Too many tries' },
    text: {
      nl: 'Wacht een paar minuten en probeer het opnieuw.',
      en: 'Wait a few minutes and try again.',
    },
  },
  fault: {
    heading: { nl: 'Er ging iets mis', en: 'Something went wrong' },
    text: {
      nl: 'Uw antwoord is niet ontvangen. Probeer het later opnieuw met dezelfde link.',
      en: 'Your answer did not arrive. Try again later with the same link.',
    },
  },
} as const satisfies Record<string, { readonly heading: Text; readonly text: Text }>;
export type Notice = keyof typeof NOTICES;
