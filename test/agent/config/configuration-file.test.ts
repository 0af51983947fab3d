// The agent's configurations on its disk: in two copies, so that it goes on knowing where to go.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfiguration, saveConfiguration } from '#agent/config/configuration-file.ts';
import { AS_INSTALLED, type ConfigurationState } from '#agent/config/trial.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder[Symbol.asyncDispose]());

const numbered = (version: number): ConfigurationState => ({
  good: { version, configuration: { collector: `https://moved-${version}.example` } },
});
const file = () => join(folder.path, 'configuration.json');
const before = () => join(folder.path, 'configuration.before.json');

async function load() {
  const said: string[] = [];
  const state = await loadConfiguration(folder.path, {
    warn: () => void said.push('warn'),
    error: () => void said.push('error'),
  });
  return { state, said };
}

test('none: as installed, and nothing is said of it', async () => {
  expect(await load()).toEqual({ state: AS_INSTALLED, said: [] });
  await saveConfiguration(folder.path, numbered(1));
  expect(await load()).toEqual({ state: numbered(1), said: [] });
});

test.each(['', '{"good":', '{"good":{"version":-1,"configuration":{}}}'])(
  'spoilt (%j): the one before is used; with both spoilt it is as installed, and said',
  async (rubbish) => {
    await saveConfiguration(folder.path, numbered(1));
    await writeFile(file(), rubbish);
    expect(await load()).toEqual({ state: AS_INSTALLED, said: ['error'] });
    for (const version of [1, 2, 3]) await saveConfiguration(folder.path, numbered(version));
    await writeFile(file(), rubbish);
    expect(await load()).toEqual({ state: numbered(2), said: ['warn'] });
    // A spoilt one does not take the place of the sound one.
    await saveConfiguration(folder.path, numbered(4));
    expect(JSON.parse(await readFile(before(), 'utf8'))).toEqual(numbered(2));
    await writeFile(file(), rubbish);
    await writeFile(before(), rubbish);
    expect(await load()).toEqual({ state: AS_INSTALLED, said: ['error'] });
  },
);

test('one that cannot be read is not one that is not there', async () => {
  for (const version of [1, 2]) await saveConfiguration(folder.path, numbered(version));
  await rm(file());
  await mkdir(file());
  expect(await load()).toEqual({ state: numbered(1), said: ['warn'] });
});
