// What kinds of line are called, in both languages.
import type { LineKind } from '#shared/model/line.ts';
import type { Text } from '#shared/wire/api.ts';

export const LINE_KIND_TEXTS: Readonly<Record<LineKind, Text>> = {
  copper: { nl: 'koper (adsl, vdsl)', en: 'copper (ADSL, VDSL)' },
  cable: { nl: 'kabel', en: 'cable' },
  fibre: { nl: 'glasvezel', en: 'fibre' },
  fixed_wireless: { nl: 'straalverbinding', en: 'fixed wireless' },
  mobile: { nl: 'mobiel (4G, 5G)', en: 'mobile (4G, 5G)' },
  satellite: { nl: 'satelliet', en: 'satellite' },
  unknown: { nl: 'onbekend', en: 'unknown' },
};
