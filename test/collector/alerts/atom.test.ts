// Whatever the texts, a feed is well-formed, and a reader finds them as they are.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { atomOf } from '#collector/alerts/atom.ts';
import type { IncidentView } from '#shared/wire/alerts-api.ts';
import { readFeed } from '#test/support/read-feed.ts';

const AT = '2026-03-02T07:00:00.000Z';

test('a reader finds any name as it is, but for characters that XML has no place for', async () => {
  const names = fc.sample(fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }), {
    numRuns: 300,
    seed: 7,
  });
  names.push(`<&>"']]>`, '\u0000\u0008a', 'a\r\nb\tc', '\ud800x', '\ufffe', '😀');
  const incidents = names.map(
    (name, n): IncidentView => ({
      ...{ id: `${n}`, kind: 'below', status: 'open', openedAt: AT, updatedAt: AT, closedAt: null },
      ...{ mergedInto: null, members: [], elsewhere: 0, text: { nl: name, en: name } },
      acknowledgements: [{ at: AT, by: { id: 'p', name }, note: name }],
    }),
  );
  const feed = await readFeed(
    atomOf({
      ...{ id: 'f', title: names[0] ?? '', madeAt: AT, language: 'nl', incidents },
      ...{ selfUrl: 'https://m.example/?a=1&b="2"', pagesUrl: 'https://m.example' },
    }),
  );
  const kept = (text: string) =>
    [...text.toWellFormed()]
      .filter(
        (each) =>
          (each >= ' ' || '\t\n\r'.includes(each)) && each !== '\ufffe' && each !== '\uffff',
      )
      .join('');
  expect(feed.self).toBe('https://m.example/?a=1&b="2"');
  expect(feed.entries.map(({ title }) => title)).toEqual(names.map(kept));
  for (const [n, { content }] of feed.entries.entries()) {
    const name = kept(names[n] ?? '');
    expect(content).toContain(`Gezien door ${name}, 2 maart 2026 om 08:00: ${name}`);
  }
});
