// The README says what the code does.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AGENT_SETTINGS, COLLECTOR_KEYS } from '#agent/config/settings.ts';
import { AGENT_VERSION } from '#agent/version.ts';
import { AGENT_KEYS, COLLECTOR_SETTINGS } from '#collector/config/settings.ts';
import { COLLECTOR_VERSION } from '#collector/version.ts';
import type { Setting } from '#shared/runtime/settings.ts';
import { ROOT } from '#test/support/process.ts';
import { errorRows, settingRows } from '#test/support/readme-tables.ts';

const lines = readFileSync(join(ROOT, 'README.md'), 'utf8').split('\n');
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

test('every setting has its row', () => {
  for (const row of settingRows()) expect(lines).toContain(row);
});

test('every error code has its row', () => {
  for (const row of errorRows()) expect(lines).toContain(row);
});

test('a setting that both programs have means the same to both', () => {
  for (const setting of Object.values(AGENT_SETTINGS) as Setting<unknown>[]) {
    const twin = (Object.values(COLLECTOR_SETTINGS) as Setting<unknown>[]).find(
      ({ env }) => env === setting.env,
    );
    if (twin === undefined) continue;
    expect([twin.key, twin.fallback, twin.meaning]).toEqual([
      setting.key,
      setting.fallback,
      setting.meaning,
    ]);
  }
});

test('one settings file serves both: each knows which keys are the other one’s', () => {
  const knows = (elsewhere: readonly string[], key: string) =>
    elsewhere.some((other) => (other.endsWith('.') ? key.startsWith(other) : key === other));
  const keys = (table: object) =>
    (Object.values(table) as Setting<unknown>[]).map(({ key }) => key);
  const [agent, collector] = [keys(AGENT_SETTINGS), keys(COLLECTOR_SETTINGS)];
  for (const key of agent)
    expect([key, collector.includes(key) || knows(AGENT_KEYS, key)]).toEqual([key, true]);
  for (const key of collector)
    expect([key, agent.includes(key) || knows(COLLECTOR_KEYS, key)]).toEqual([key, true]);
});

test('every dependency earns its line', () => {
  const text = lines.join('\n');
  const names = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
  for (const name of names) expect(text).toContain(name.replace('@fastify/', ''));
});

test('every command that it names exists in package.json', () => {
  const named = [...lines.join('\n').matchAll(/npm run (?:-s )?([a-z:-]+)/g)].map(
    (match) => match[1] ?? '',
  );
  for (const name of new Set(named)) expect(Object.keys(manifest.scripts)).toContain(name);
});

test('both programs’ versions are the package’s', () => {
  expect([AGENT_VERSION, COLLECTOR_VERSION]).toEqual([manifest.version, manifest.version]);
});
