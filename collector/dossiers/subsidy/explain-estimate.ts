// An estimate's calculation as sentences in Dutch and English, a sentence a step.
import type { CalculationStep, Condition, SubsidyEstimate } from '#shared/model/subsidy.ts';
import type { Text } from '#shared/wire/api.ts';
import { LINE_KIND_TEXTS } from '../line-words.ts';
import { type Language, WORDS, type Words } from '../words.ts';

type StepOf<K extends CalculationStep['step']> = Extract<CalculationStep, { step: K }>;
type ConditionOf<K extends Condition['condition']> = Extract<Condition, { condition: K }>;
type Sentence<T> = Readonly<Record<Language, (item: T, words: Words) => string>>;

const STEPS: { readonly [K in CalculationStep['step']]: Sentence<StepOf<K>> } = {
  threshold_off_cost: {
    nl: (s, w) =>
      `Van de prijs gaat eerst de drempel van ${w.money(s.thresholdCents)} af: ${w.money(s.totalCents)} blijft over.`,
    en: (s, w) =>
      `The threshold of ${w.money(s.thresholdCents)} comes off the price first: ${w.money(s.totalCents)} is left.`,
  },
  bracket: {
    nl: (s, w) =>
      `${w.number(s.percent)}% van ${w.money(s.ofCents)} (${rangeText(s, 'nl')}) is ${w.money(s.givesCents)}; samen ${w.money(s.totalCents)}.`,
    en: (s, w) =>
      `${w.number(s.percent)}% of ${w.money(s.ofCents)} (${rangeText(s, 'en')}) is ${w.money(s.givesCents)}; ${w.money(s.totalCents)} together.`,
  },
  threshold_off_share: {
    nl: (s, w) =>
      `Daar gaat de drempel van ${w.money(s.thresholdCents)} af: ${w.money(s.totalCents)}.`,
    en: (s, w) =>
      `The threshold of ${w.money(s.thresholdCents)} comes off: ${w.money(s.totalCents)}.`,
  },
  joint_bonus: {
    nl: (s, w) =>
      `Eén aanvraag voor ${s.locations} locaties met één offerte: ${w.number(s.percent)}% erbij, ${w.money(s.givesCents)}; samen ${w.money(s.totalCents)}.`,
    en: (s, w) =>
      `One application for ${s.locations} locations with one offer: ${w.number(s.percent)}% more, ${w.money(s.givesCents)}; ${w.money(s.totalCents)} together.`,
  },
  limited_to_cost: {
    nl: (s, w) => `Nooit meer dan de prijs: ${w.money(s.totalCents)}.`,
    en: (s, w) => `Never more than the price: ${w.money(s.totalCents)}.`,
  },
  limited_to_cap: {
    nl: (s, w) => `Ten hoogste ${w.money(s.capCents)} per aanvraag.`,
    en: (s, w) => `At most ${w.money(s.capCents)} an application.`,
  },
  rounded_down: {
    nl: (s, w) => `Naar beneden afgerond: ${w.money(s.totalCents)}.`,
    en: (s, w) => `Rounded down: ${w.money(s.totalCents)}.`,
  },
};

const CONDITIONS: { readonly [K in Condition['condition']]: Sentence<ConditionOf<K>> } = {
  not_open: {
    nl: (c, w) =>
      `De regeling staat open van ${w.date(c.opens)} tot en met ${w.date(c.closes)}; op deze dag kan niet worden aangevraagd.`,
    en: (c, w) =>
      `The scheme is open from ${w.date(c.opens)} to ${w.date(c.closes)}; nothing can be applied for on this day.`,
  },
  present_kind: {
    nl: (c, w) =>
      `De regeling geldt voor een huidige lijn van het type ${kindsText(c.kinds, 'nl', w)}.`,
    en: (c, w) => `The scheme is for a present line of ${kindsText(c.kinds, 'en', w)}.`,
  },
  present_kind_unknown: {
    nl: (c) =>
      c.locations === 1
        ? 'Van één locatie is niet bekend wat voor lijn er nu ligt; daar hangt het van af.'
        : `Van ${c.locations} locaties is niet bekend wat voor lijn er nu ligt; daar hangt het van af.`,
    en: (c) =>
      c.locations === 1
        ? 'Nobody has said what kind of line one location has now; it depends on that.'
        : `Nobody has said what kind of line ${c.locations} locations have now; it depends on that.`,
  },
  new_kind: {
    nl: (c, w) => `De nieuwe lijn moet van het type ${kindsText(c.kinds, 'nl', w)} zijn.`,
    en: (c, w) => `The new line must be ${kindsText(c.kinds, 'en', w)}.`,
  },
  new_speed: {
    nl: (c, w) =>
      `De nieuwe lijn moet ten minste ${w.number(c.downloadMbps)} Mbit/s down en ${w.number(c.uploadMbps)} Mbit/s up halen.`,
    en: (c, w) =>
      `The new line must reach at least ${w.number(c.downloadMbps)} Mbit/s down and ${w.number(c.uploadMbps)} Mbit/s up.`,
  },
};

export interface EstimateText {
  /** The amount, and that it is an estimate. */
  readonly summary: Text;
  /** Why it does not qualify, or is not known to. */
  readonly conditions: readonly Text[];
  /** The calculation, a sentence a step. */
  readonly steps: readonly Text[];
}

export function explainEstimate(estimate: SubsidyEstimate): EstimateText {
  return {
    summary: { nl: summaryOf(estimate, 'nl'), en: summaryOf(estimate, 'en') },
    conditions: estimate.conditions.map((condition) => textOf(CONDITIONS, 'condition', condition)),
    steps: estimate.steps.map((step) => textOf(STEPS, 'step', step)),
  };
}

function summaryOf(estimate: SubsidyEstimate, language: Language): string {
  const { money } = WORDS[language];
  const [amount, own, calculated] = [
    estimate.amountCents,
    estimate.ownShareCents,
    estimate.calculatedCents,
  ].map((cents) => money(cents));
  const cost = money(estimate.costCents);
  if (estimate.qualifies === 'no') {
    return language === 'nl'
      ? `Geen subsidie op een prijs van ${cost}: aan de voorwaarden is niet voldaan. Anders was het naar schatting ${calculated}.`
      : `No subsidy on a price of ${cost}: the conditions are not met. Otherwise it would be an estimated ${calculated}.`;
  }
  const proviso =
    estimate.qualifies === 'yes'
      ? { nl: '', en: '' }
      : { nl: ', als aan de voorwaarden is voldaan', en: ', if the conditions are met' };
  return language === 'nl'
    ? `Naar schatting ${amount} subsidie op een prijs van ${cost}${proviso.nl}; ${own} is voor de school.`
    : `An estimated ${amount} of subsidy on a price of ${cost}${proviso.en}; ${own} is for the school.`;
}

/** The table's entry for the item's own name takes exactly that item. */
function textOf<T extends CalculationStep | Condition>(
  table: Readonly<Record<string, unknown>>,
  name: 'step' | 'condition',
  item: T,
): Text {
  const sentence = table[(item as unknown as Record<string, string>)[name] ?? ''] as Sentence<T>;
  return { nl: sentence.nl(item, WORDS.nl), en: sentence.en(item, WORDS.en) };
}

function rangeText(step: StepOf<'bracket'>, language: Language): string {
  const { money } = WORDS[language];
  const [from, upTo] = [money(step.fromCents), money(step.upToCents ?? 0)];
  if (step.upToCents === null) {
    return language === 'nl' ? `het deel boven ${from}` : `the part above ${from}`;
  }
  if (step.fromCents === 0) {
    return language === 'nl' ? `het deel tot ${upTo}` : `the part up to ${upTo}`;
  }
  return language === 'nl'
    ? `het deel van ${from} tot ${upTo}`
    : `the part from ${from} to ${upTo}`;
}

function kindsText(
  kinds: ConditionOf<'new_kind'>['kinds'],
  language: Language,
  words: Words,
): string {
  return words.either(kinds.map((kind) => LINE_KIND_TEXTS[kind][language]));
}
