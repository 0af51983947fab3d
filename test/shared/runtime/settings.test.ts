import { expect, test } from 'vitest';
import { z } from 'zod';
import { AppError } from '#shared/runtime/errors.ts';
import { readSettings, type Setting } from '#shared/runtime/settings.ts';

const port: Setting<number> & { fallback: number } = {
  env: 'MEETNET_PORT',
  key: 'port',
  schema: z.coerce.number().int().max(65_535),
  fallback: 8080,
  meaning: 'port',
};
const password: Setting<string> = {
  env: 'MEETNET_INFLUX_PASSWORD',
  key: 'influx.password',
  schema: z.string().min(8),
  fallback: undefined,
  meaning: 'password',
  secret: true,
};
const table = { port, password };

test('the environment wins over the file, the file over the default', () => {
  const file = {
    path: 'meetnet.yaml',
    content: { port: 81, influx: { password: 'from the file' } },
  };
  expect(readSettings(table, {}, undefined)).toEqual({ port: 8080, password: undefined });
  expect(readSettings(table, {}, file).port).toBe(81);
  expect(readSettings(table, { MEETNET_PORT: '82' }, file)).toEqual({
    port: 82,
    password: 'from the file',
  });
});

test('every problem is listed at once, with its place, and secrets are not repeated', () => {
  const file = { path: 'meetnet.yaml', content: { influx: { password: 'geheim' }, prot: 8080 } };
  const read = () => readSettings(table, { MEETNET_PORT: 'eighty' }, file);
  expect(read).toThrow(AppError);
  expect(read).toThrow(/3 setting\(s\)/);
  expect(read).toThrow(/environment variable MEETNET_PORT: .*"eighty"/);
  expect(read).toThrow(/influx\.password in meetnet\.yaml/);
  expect(read).toThrow(/prot in meetnet\.yaml: no such setting/);
  expect(read).not.toThrow(/geheim/);
});
