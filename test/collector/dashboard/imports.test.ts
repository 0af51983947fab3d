// The schemas' library stays with the collector: of shared/ the pages take types, and code only
// from files that import nothing.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '#test/support/process.ts';

const SOURCE = join(ROOT, 'collector', 'dashboard', 'src');

test('no schema comes into the pages', () => {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.tsx?$/.test(file),
  );
  const code = files.flatMap((file) => {
    const text = readFileSync(join(SOURCE, file), 'utf8');
    return [...text.matchAll(/^(?:import|export) (?!type )[^;]*?from '#(shared\/[^']+)'/gm)].map(
      (match) => match[1] ?? '',
    );
  });
  expect(code.length).toBeGreaterThan(0);
  for (const path of new Set(code)) {
    expect(readFileSync(join(ROOT, path), 'utf8'), path).not.toMatch(/^import /m);
  }
});
