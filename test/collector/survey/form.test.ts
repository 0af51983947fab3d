import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Fields, fieldsOf, fieldsOfAnswer, parseFields } from '#collector/survey/form.ts';
import { html } from '#collector/survey/html.ts';
import { formPage } from '#collector/survey/page.ts';
import { schoolAnswerSchema } from '#shared/model/dossier.ts';

const parse = (sent: Record<string, string>) => parseFields(fieldsOf(new URLSearchParams(sent)));
const faults = (sent: Record<string, string>) => {
  const parsed = parse(sent);
  return 'faults' in parsed ? parsed.faults.map(({ field, code }) => `${field} ${code}`) : [];
};

test.each([
  [{ view: 'wants_better' }, { view: { view: 'wants_better' } }],
  [{ view: 'suffices', why: 'satisfied' }, { view: { view: 'suffices', why: 'satisfied' } }],
  [
    { view: 'suffices', why: 'other', whyText: ' wij  verhuizen\r\n' },
    { view: { view: 'suffices', why: 'other', whyText: 'wij  verhuizen' } },
  ],
  [{ view: 'too_costly', costMonthly: 'yes' }, { view: { view: 'too_costly', cost: 'monthly' } }],
  [
    { view: 'too_costly', costMonthly: 'yes', costOneOff: 'yes', pupils: '1.234', buildings: '2' },
    { view: { view: 'too_costly', cost: 'both' }, pupils: 1234, buildings: 2 },
  ],
  // What was filled in below another choice is not the answer.
  [
    { view: 'wants_better', why: 'other', whyText: 'x', costOneOff: 'yes' },
    { view: { view: 'wants_better' } },
  ],
])('%j is an answer', (sent, answer) => {
  const parsed = parse(sent as Record<string, string>);
  expect(parsed).toEqual({ answer, contactName: null });
  expect(schoolAnswerSchema.parse(answer)).toEqual(answer);
});

test('what is missing or wrong is said of its own field, all at once', () => {
  expect(faults({})).toEqual(['view-suffices choose_view']);
  expect(faults({ view: 'anders' })).toEqual(['view-suffices choose_view']);
  expect(faults({ view: 'suffices' })).toEqual(['why-few_pupils choose_why']);
  expect(faults({ view: 'suffices', why: 'other' })).toEqual(['whyText say_why']);
  expect(faults({ view: 'suffices', why: 'other', whyText: 'x'.repeat(501) })).toEqual([
    'whyText too_long',
  ]);
  expect(
    faults({ view: 'too_costly', pupils: 'veel', buildings: '0', contactName: 'x'.repeat(101) }),
  ).toEqual([
    'cost-one_off choose_cost',
    'pupils pupils_number',
    'buildings buildings_number',
    'contactName too_long',
  ]);
  for (const pupils of ['-1', '1.5', '20001', '1e3', '0x10', ' ٣']) {
    expect(faults({ view: 'wants_better', pupils })).toEqual(['pupils pupils_number']);
  }
});

const sent = fc.dictionary(
  fc.constantFrom(
    'view',
    'why',
    'whyText',
    'costOneOff',
    'costMonthly',
    'pupils',
    'buildings',
    'contactName',
  ),
  fc.oneof(
    fc.constantFrom(
      'suffices',
      'too_costly',
      'wants_better',
      'few_pupils',
      'satisfied',
      'other',
      '12',
    ),
    fc.string({ unit: 'binary', maxLength: 30 }),
  ),
);

test('whatever is sent is an answer of the model or a list of faults, and shows again as sent', () => {
  fc.assert(
    fc.property(sent, (given) => {
      const parsed = parse(given);
      if ('faults' in parsed) {
        expect(parsed.faults.length).toBeGreaterThan(0);
        return;
      }
      expect(schoolAnswerSchema.parse(parsed.answer)).toEqual(parsed.answer);
      const again = parseFields(fieldsOfAnswer(parsed.answer, parsed.contactName));
      expect(again).toEqual(parsed);
    }),
    { numRuns: 2000 },
  );
});

test('no text of anybody becomes part of the page', () => {
  const nasty = `"><script>alert(1)</script><a href='x'>&amp;`;
  const fields: Fields = {
    ...{ view: nasty, why: nasty, whyText: nasty, pupils: nasty, buildings: nasty },
    ...{ contactName: nasty, costOneOff: false, costMonthly: false },
  };
  const location = { id: '16SW03', boardId: '41234', name: nasty, city: nasty };
  const page = formPage({
    ...{
      language: 'nl',
      path: `/survey/${nasty}`,
      nonce: 'n',
      location,
      answerBy: 0,
      fields,
      faults: [],
    },
  });
  expect(page).not.toContain('<script');
  expect(page).not.toContain("href='x'");
  expect(page.match(/&lt;script&gt;/g)?.length).toBeGreaterThan(5);
  expect(html`a${false}${'<'}${[html`<b>`, html`&`]}${3}`.html).toBe('a&lt;<b>&3');
});
