// The languages of the pages say the same things, and the pages say nothing outside them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { en } from '#collector/dashboard/src/i18n/en.ts';
import { nl } from '#collector/dashboard/src/i18n/nl.ts';
import { FAILURES } from '#shared/model/failure.ts';
import { QUALITY_FLAGS } from '#shared/model/measurement.ts';
import { OUTCOMES } from '#shared/model/verdict.ts';
import { ROOT } from '#test/support/process.ts';

/** `list.columns.name`, with the count of figures that a text takes. */
function shapeOf(messages: object, path = ''): string[] {
  return Object.entries(messages).flatMap(([key, value]) => {
    const here = `${path}${key}`;
    if (typeof value === 'function') return [`${here}(${value.length})`];
    if (typeof value === 'object' && value !== null) return shapeOf(value, `${here}.`);
    return [here];
  });
}

function textsOf(messages: object): string[] {
  return Object.values(messages).flatMap((value) => {
    if (typeof value === 'function') return [value('1', '2', '3')];
    return typeof value === 'object' && value !== null ? textsOf(value) : [value];
  });
}

test('Dutch and English have the same texts, with the same figures in them', () => {
  expect(shapeOf(en).sort()).toEqual(shapeOf(nl).sort());
  expect(shapeOf(nl).length).toBeGreaterThan(150);
});

test('no text is empty or has loose spaces', () => {
  for (const text of [...textsOf(nl), ...textsOf(en)]) {
    expect(text).toMatch(/\S/);
    expect(text).toBe(text.trim());
  }
});

test('whatever the collector can say by code has its words', () => {
  for (const messages of [nl, en]) {
    expect(Object.keys(messages.verdicts).sort()).toEqual([...OUTCOMES].sort());
    expect(Object.keys(messages.flags).sort()).toEqual([...QUALITY_FLAGS].sort());
    expect(Object.keys(messages.failures).sort()).toEqual([...FAILURES].sort());
  }
});

const SOURCE = join(ROOT, 'collector', 'dashboard', 'src');
const components = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.tsx'),
);

test('no component has a text of its own', () => {
  const found = components.flatMap((file) => {
    const code = readFileSync(join(SOURCE, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    const between = [
      ...code.matchAll(/<\/?[A-Za-z][^<>]*[^=]>\s*([^<>{}()=;]*\p{L}{2}[^<>{}()=;]*)</gu),
    ];
    const named = [...code.matchAll(/\b(?:title|label|alt|placeholder|aria-label)="([^"]+)"/g)];
    return [...between, ...named].map((match) => `${file}: ${match[1]?.trim()}`);
  });
  // A command is the same in every language.
  const commands = ['pages/locations-page.tsx: meetnet-collector import vestigingen.csv'];
  expect(components.length).toBeGreaterThan(20);
  expect(found).toEqual(commands);
});
