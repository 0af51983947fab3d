import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AGENT_SETTINGS, loadAgentSettings } from '#agent/config/settings.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

async function written(name: string, content: string): Promise<string> {
  const path = join(folder.path, name);
  await writeFile(path, content);
  return path;
}

test('with nothing set, the defaults', async () => {
  expect(await loadAgentSettings({})).toEqual({
    config: undefined,
    data: './data',
    logLevel: 'info',
    logFormat: 'text',
    collector: undefined,
    name: undefined,
    position: 'off_path',
    uplink: 'auto',
    updateKey: undefined,
    spoolBytes: 64 * 1024 * 1024,
  });
});

test('every default is one that its own form accepts', () => {
  for (const { fallback, schema, env } of Object.values(AGENT_SETTINGS)) {
    if (fallback === undefined) continue;
    expect(schema.parse(String(fallback)), env).toEqual(fallback);
  }
});

test('the environment wins over the file, and the file may hold the collector’s settings too', async () => {
  const path = await written(
    'both.yaml',
    [
      'collector: https://file.example/',
      'agent:',
      '  position: in_path',
      '  spool_bytes: 2097152',
      'port: 8080',
      'norm: { download: 100 }',
    ].join('\n'),
  );
  const env = { MEETNET_CONFIG: path, MEETNET_COLLECTOR: 'http://env.example:8080' };
  expect(await loadAgentSettings(env)).toMatchObject({
    collector: 'http://env.example:8080',
    position: 'in_path',
    spoolBytes: 2_097_152,
  });
  expect(await loadAgentSettings({ MEETNET_CONFIG: path })).toMatchObject({
    collector: 'https://file.example',
  });
});

test('an empty variable is one that is not set', async () => {
  const settings = await loadAgentSettings({ MEETNET_POSITION: '', MEETNET_CONFIG: '' });
  expect(settings.position).toBe('off_path');
});

test.each([
  ['MEETNET_COLLECTOR', 'meetnet.example', /address such as https:/],
  ['MEETNET_COLLECTOR', 'https://meetnet.example/pages', /without a path/],
  ['MEETNET_POSITION', 'roof', /off_path, in_path/],
  ['MEETNET_UPDATE_KEY', 'secret', /release key/],
  ['MEETNET_SPOOL_BYTES', '64MB', /whole number/],
  ['MEETNET_SPOOL_BYTES', '1000', /from 1048576/],
  ['MEETNET_LOG_FORMAT', 'xml', /text, json/],
])('%s=%s is refused, with its name, its value and what it may be', async (name, value, words) => {
  const loading = loadAgentSettings({ [name]: value });
  await expect(loading).rejects.toMatchObject({ code: 'bad_settings' });
  await expect(loading).rejects.toThrow(words);
  await expect(loading).rejects.toThrow(`environment variable ${name}`);
  await expect(loading).rejects.toThrow(JSON.stringify(value));
});

test('a file that is not there, is no YAML or has no settings is named', async () => {
  const missing = join(folder.path, 'missing.yaml');
  await expect(loadAgentSettings({ MEETNET_CONFIG: missing })).rejects.toThrow(missing);
  const broken = await written('broken.yaml', 'agent: [');
  await expect(loadAgentSettings({ MEETNET_CONFIG: broken })).rejects.toThrow(/not valid YAML/);
  const list = await written('list.yaml', '- one');
  await expect(loadAgentSettings({ MEETNET_CONFIG: list })).rejects.toThrow(/holds no settings/);
});
