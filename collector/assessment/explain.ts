// Verdict → plain sentences in Dutch and English, rendered here and never in the browser.
import type { Outcome, Reason, Verdict } from '#shared/model/verdict.ts';
import type { Text, VerdictView } from '#shared/wire/api.ts';
import { factsOf } from './explain/facts.ts';
import { SENTENCES, type Sentence } from './explain/sentences.ts';

const OUTCOME_TEXTS: Readonly<Record<Outcome, Text>> = {
  meets: {
    nl: 'Deze locatie voldoet aan de norm.',
    en: 'This location meets the norm.',
  },
  below: {
    nl: 'Deze locatie blijft onder de norm en is aangemerkt voor maatwerk.',
    en: 'This location stays below the norm and is flagged for a tailored solution.',
  },
  intermittent: {
    nl: 'De snelheid op deze locatie is wisselend.',
    en: 'The speed at this location comes and goes.',
  },
  inconclusive: {
    nl: 'Er zijn nog onvoldoende metingen voor een oordeel.',
    en: 'There are not enough tests for a verdict yet.',
  },
  unfit: {
    nl: 'De meetopstelling is niet geschikt.',
    en: 'The measuring set-up is not fit for the purpose.',
  },
  no_data: {
    nl: 'Er zijn geen gegevens van deze locatie.',
    en: 'There are no data from this location.',
  },
};

/** The verdict with a text of its own (the outcome and what decided it) and one for each reason. */
export function explain(verdict: Verdict): VerdictView {
  const reasons = verdict.reasons.map((reason) => ({ ...reason, text: textOf(reason) }));
  const outcome = OUTCOME_TEXTS[verdict.outcome];
  const first = reasons[0]?.text;
  return {
    ...verdict,
    text:
      first === undefined
        ? outcome
        : { nl: `${outcome.nl} ${first.nl}`, en: `${outcome.en} ${first.en}` },
    reasons,
  };
}

function textOf(reason: Reason): Text {
  const sentence = sentenceOf(reason.rule);
  return sentence === undefined
    ? {
        nl: `Regel “${reason.rule}” van een andere versie van Meetnet.`,
        en: `Rule “${reason.rule}” of another version of Meetnet.`,
      }
    : { nl: sentence.nl(factsOf(reason, 'nl')), en: sentence.en(factsOf(reason, 'en')) };
}

/** A stored verdict may name a rule that this version does not have. */
function sentenceOf(rule: string): Sentence | undefined {
  return Object.hasOwn(SENTENCES, rule) ? SENTENCES[rule as keyof typeof SENTENCES] : undefined;
}
