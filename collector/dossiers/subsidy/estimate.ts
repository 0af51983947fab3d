// What a scheme would give for an application, with its calculation. Pure. An estimate: who
// decides is the body that grants it.
import type {
  CalculationStep,
  Cents,
  Condition,
  SubsidyApplication,
  SubsidyEstimate,
  SubsidyScheme,
} from '#shared/model/subsidy.ts';
import { AppError } from '#shared/runtime/errors.ts';

/** A percentage has two decimals at most. */
const HUNDREDTHS = 100;
const WHOLE = 100 * HUNDREDTHS;

/**
 * `readingId` is one of the scheme's; its first by default. Throws `bad_request` for another.
 */
export function estimate(
  scheme: SubsidyScheme,
  application: SubsidyApplication,
  readingId = scheme.readings[0]?.id,
): SubsidyEstimate {
  const reading = scheme.readings.find(({ id }) => id === readingId);
  if (reading === undefined) {
    throw new AppError(
      'bad_request',
      `scheme ${scheme.id} has no reading ${readingId}; it has ${scheme.readings.map(({ id }) => id).join(', ')}`,
    );
  }
  const conditions = conditionsOf(scheme, application);
  const qualifies = qualificationOf(conditions);
  const steps = calculate(scheme, application, reading.order);
  const calculatedCents = steps.at(-1)?.totalCents ?? 0;
  const amountCents = qualifies === 'no' ? 0 : calculatedCents;
  return {
    schemeId: scheme.id,
    readingId: reading.id,
    qualifies,
    conditions,
    costCents: application.costCents,
    amountCents,
    calculatedCents,
    ownShareCents: application.costCents - amountCents,
    perLocationCents: Math.floor(amountCents / application.presentKinds.length),
    steps,
  };
}

function conditionsOf(scheme: SubsidyScheme, application: SubsidyApplication): Condition[] {
  const { opens, closes, qualifies } = scheme;
  const { on, presentKinds, newKind, downloadMbps, uploadMbps } = application;
  const conditions: Condition[] = [];
  if (on < opens || on > closes) conditions.push({ condition: 'not_open', opens, closes });
  const known = presentKinds.filter((kind) => kind !== 'unknown');
  if (known.some((kind) => !qualifies.presentKinds.includes(kind))) {
    conditions.push({ condition: 'present_kind', kinds: qualifies.presentKinds });
  }
  if (known.length < presentKinds.length) {
    const locations = presentKinds.length - known.length;
    conditions.push({ condition: 'present_kind_unknown', locations });
  }
  if (!qualifies.newKinds.includes(newKind)) {
    conditions.push({ condition: 'new_kind', kinds: qualifies.newKinds });
  }
  if (downloadMbps < qualifies.downloadMbps || uploadMbps < qualifies.uploadMbps) {
    const { downloadMbps: down, uploadMbps: up } = qualifies;
    conditions.push({ condition: 'new_speed', downloadMbps: down, uploadMbps: up });
  }
  return conditions;
}

function qualificationOf(conditions: readonly Condition[]): SubsidyEstimate['qualifies'] {
  if (conditions.some(({ condition }) => condition !== 'present_kind_unknown')) return 'no';
  return conditions.length > 0 ? 'unknown' : 'yes';
}

function calculate(
  scheme: SubsidyScheme,
  { costCents, presentKinds }: SubsidyApplication,
  order: SubsidyScheme['readings'][number]['order'],
): CalculationStep[] {
  const { thresholdCents, jointBonus, capCents, roundToCents } = scheme;
  const steps: CalculationStep[] = [];
  const isOffCost = order === 'threshold_then_share' && thresholdCents > 0;
  if (isOffCost) {
    const totalCents = Math.max(0, costCents - thresholdCents);
    steps.push({ step: 'threshold_off_cost', thresholdCents, totalCents });
  }
  steps.push(...bracketSteps(scheme.brackets, costCents, isOffCost ? thresholdCents : 0));
  let total = steps.at(-1)?.totalCents ?? 0;
  const add = (step: CalculationStep) => {
    steps.push(step);
    total = step.totalCents;
  };
  if (!isOffCost && thresholdCents > 0) {
    const totalCents = Math.max(0, total - thresholdCents);
    add({ step: 'threshold_off_share', thresholdCents, totalCents });
  }
  const locations = presentKinds.length;
  if (jointBonus !== null && locations >= jointBonus.minLocations) {
    const givesCents = shareOf(total, jointBonus.percent);
    const { percent } = jointBonus;
    add({ step: 'joint_bonus', percent, locations, givesCents, totalCents: total + givesCents });
  }
  if (total > costCents) add({ step: 'limited_to_cost', totalCents: costCents });
  if (capCents !== null && total > capCents) {
    add({ step: 'limited_to_cap', capCents, totalCents: capCents });
  }
  const rounded = total - (total % roundToCents);
  if (rounded !== total) add({ step: 'rounded_down', toCents: roundToCents, totalCents: rounded });
  return steps;
}

/** `offCents` comes off the parts of the price from the lowest up, before their shares. */
function bracketSteps(
  brackets: SubsidyScheme['brackets'],
  costCents: Cents,
  offCents: Cents,
): CalculationStep[] {
  const steps: CalculationStep[] = [];
  let fromCents = 0;
  let totalCents = 0;
  for (const { upToCents, percent } of brackets) {
    if (fromCents > 0 && costCents <= fromCents) break;
    const top = Math.min(costCents, upToCents ?? costCents);
    const ofCents = Math.max(0, top - Math.max(fromCents, offCents));
    const givesCents = shareOf(ofCents, percent);
    totalCents += givesCents;
    steps.push({ step: 'bracket', percent, fromCents, upToCents, ofCents, givesCents, totalCents });
    fromCents = upToCents ?? fromCents;
  }
  return steps;
}

/** Rounded down to the cent; an estimate promises nothing that is not there. */
function shareOf(cents: Cents, percent: number): Cents {
  // At most 10^10 cents times 10^4: a double still counts it exactly.
  return Math.floor((cents * Math.round(percent * HUNDREDTHS)) / WHOLE);
}
