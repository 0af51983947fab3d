// The scheme of 2017–2019, the worked example: closed since, and the form in which an operator
// writes a scheme of his own. Amounts and conditions as the minister's letter of 2019 (footnote 7),
// Staatscourant 2017, 41179 and DUS-I's page give them; the cap is from a secondary source.
import type { SubsidyScheme } from '#shared/model/subsidy.ts';

export const TOEKOMSTVAST_INTERNET: SubsidyScheme = {
  id: 'toekomstvast-internet-2017',
  name: {
    nl: 'Subsidieregeling toekomstvast internet po en vo',
    en: 'Subsidy scheme for future-proof internet in primary and secondary education',
  },
  opens: '2017-09-01',
  closes: '2019-10-31',
  qualifies: {
    presentKinds: ['copper'],
    newKinds: ['cable', 'fibre'],
    downloadMbps: 500,
    uploadMbps: 40,
    deliveryMonths: 6,
  },
  brackets: [
    { upToCents: 1_500_000, percent: 50 },
    { upToCents: null, percent: 60 },
  ],
  thresholdCents: 250_000,
  readings: [
    {
      id: 'literal',
      order: 'share_then_threshold',
      source: 'Letter of the minister, 2019, footnote 7: half the cost, minus € 2,500',
    },
    {
      id: 'po-raad',
      order: 'threshold_then_share',
      source: "PO-Raad's text: € 2,500 is for the school, of the rest half is paid",
    },
  ],
  capCents: 10_000_000,
  jointBonus: { percent: 20, minLocations: 2 },
  roundToCents: 100,
  source: 'Staatscourant 2017, 41179',
};
