// What states and steps are called on pages and in mails, in both languages.
import type { DossierEvent, DossierState, Solution } from '#shared/model/dossier.ts';
import type { Outcome } from '#shared/model/verdict.ts';
import type { Text } from '#shared/wire/api.ts';
import { LINE_KIND_TEXTS } from './line-words.ts';
import { type Language, WORDS } from './words.ts';

export const STATE_TEXTS: Readonly<Record<DossierState, Text>> = {
  signalled: { nl: 'gesignaleerd', en: 'signalled' },
  asked: { nl: 'school gevraagd', en: 'school asked' },
  suffices: { nl: 'verbinding volstaat', en: 'connection suffices' },
  too_costly: { nl: 'te duur', en: 'too costly' },
  wants_better: { nl: 'wil beter', en: 'wants better' },
  offer: { nl: 'offerte', en: 'offer' },
  maatwerk: { nl: 'maatwerk', en: 'tailored solution' },
  ordered: { nl: 'besteld', en: 'ordered' },
  delivered: { nl: 'opgeleverd', en: 'delivered' },
  closed: { nl: 'gesloten', en: 'closed' },
};

export const SOLUTION_TEXTS: Readonly<Record<Solution, Text>> = {
  fibre_dig: { nl: 'glasvezel graven', en: 'digging fibre' },
  joint_build: { nl: 'gezamenlijke aanleg', en: 'a joint build' },
  fixed_wireless: { nl: 'straalverbinding', en: 'fixed wireless' },
  mobile_5g: { nl: '5G', en: '5G' },
  satellite: { nl: 'satelliet', en: 'satellite' },
};

/** One sentence on what happened. */
export function eventText(event: DossierEvent): Text {
  return { nl: sentenceOf(event, 'nl'), en: sentenceOf(event, 'en') };
}

export const OUTCOME_TEXTS: Readonly<Record<Outcome, Text>> = {
  meets: { nl: 'voldoet aan de norm', en: 'meets the norm' },
  below: { nl: 'onder de norm', en: 'below the norm' },
  intermittent: { nl: 'wisselend', en: 'intermittent' },
  inconclusive: { nl: 'nog onvoldoende metingen', en: 'not enough tests yet' },
  unfit: { nl: 'meetopstelling ongeschikt', en: 'measuring set-up unfit' },
  no_data: { nl: 'geen gegevens', en: 'no data' },
};

const PLAIN: Readonly<Partial<Record<DossierEvent['kind'], Text>>> = {
  maatwerk_started: {
    nl: 'Geen passende offerte: maatwerk wordt verkend.',
    en: 'No offer fits: a tailored solution is explored.',
  },
  order_fell_through: { nl: 'De bestelling gaat niet door.', en: 'The order fell through.' },
  delivered: {
    nl: 'Opgeleverd; metingen zeggen of de lijn voldoet.',
    en: 'Delivered; measurements will say whether the line meets the norm.',
  },
  resumed: { nl: 'Hervat.', en: 'Resumed.' },
  noted: { nl: 'Aantekening.', en: 'Note.' },
};

function sentenceOf(event: DossierEvent, language: Language): string {
  const { money, date, lastDay } = WORDS[language];
  const say = (text: Text) => text[language];
  switch (event.kind) {
    case 'opened':
    case 'measured': {
      const outcome = OUTCOME_TEXTS[event.verdict.outcome][language];
      const since = date(event.verdict.since);
      const { overrule } = event.verdict;
      if (overrule !== undefined) {
        const until = date(overrule.endsAt);
        return say({
          nl: `${overrule.author.name} oordeelt anders dan de metingen: ${outcome}, van ${since} tot ${until}.`,
          en: `${overrule.author.name} overrules the measurements: ${outcome}, from ${since} until ${until}.`,
        });
      }
      return say({
        nl: `Metingen: ${outcome}, sinds ${since}.`,
        en: `Measurements: ${outcome}, since ${since}.`,
      });
    }
    case 'asked': {
      const by = lastDay(Date.parse(event.answerBy));
      return event.channel === 'mail'
        ? say({
            nl: `School gevraagd; antwoorden kan tot en met ${by}.`,
            en: `School asked; it can answer up to and including ${by}.`,
          })
        : say({ nl: 'School gebeld.', en: 'School called.' });
    }
    case 'answered':
      return say({
        nl: `Antwoord van de school: ${STATE_TEXTS[event.answer.view.view].nl}.`,
        en: `The school's answer: ${STATE_TEXTS[event.answer.view.view].en}.`,
      });
    case 'offer_added': {
      const { provider, kind, oneOffCents, monthlyCents } = event.offer;
      const [line, once, month] = [
        LINE_KIND_TEXTS[kind][language],
        money(oneOffCents),
        money(monthlyCents),
      ];
      return say({
        nl: `Offerte van ${provider}: ${line}, ${once} eenmalig en ${month} per maand.`,
        en: `Offer of ${provider}: ${line}, ${once} once and ${month} a month.`,
      });
    }
    case 'offer_withdrawn':
      return say({
        nl: `Offerte ${event.offerId} vervalt.`,
        en: `Offer ${event.offerId} is withdrawn.`,
      });
    case 'solution_chosen':
      return say({
        nl: `Gekozen oplossing: ${SOLUTION_TEXTS[event.solution].nl}.`,
        en: `Chosen solution: ${SOLUTION_TEXTS[event.solution].en}.`,
      });
    case 'ordered': {
      const by = event.deliveryBy === undefined ? undefined : date(event.deliveryBy);
      return by === undefined
        ? say({ nl: 'Besteld.', en: 'Ordered.' })
        : say({
            nl: `Besteld; oplevering beloofd voor ${by}.`,
            en: `Ordered; delivery is promised by ${by}.`,
          });
    }
    case 'set_aside': {
      const until = event.until === undefined ? undefined : date(event.until);
      return until === undefined
        ? say({ nl: 'Opzijgelegd.', en: 'Set aside.' })
        : say({ nl: `Opzijgelegd tot ${until}.`, en: `Set aside until ${until}.` });
    }
    case 'merged': {
      const { from, dossier } = event;
      if (dossier === undefined) {
        return say({
          nl: `Vestiging ${from} ging als deze verder, met haar dossier.`,
          en: `Location ${from} went on as this one, with its dossier.`,
        });
      }
      const state = STATE_TEXTS[dossier.state];
      return say({
        nl: `Vestiging ${from} ging als deze verder; haar dossier (${state.nl}) is hierin opgegaan.`,
        en: `Location ${from} went on as this one; its dossier (${state.en}) is part of this one now.`,
      });
    }
    case 'document_added':
      return say({
        nl: `Document: ${event.document.name}.`,
        en: `Document: ${event.document.name}.`,
      });
    default:
      return say(PLAIN[event.kind] ?? { nl: event.kind, en: event.kind });
  }
}
