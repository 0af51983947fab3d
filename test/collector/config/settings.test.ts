import { expect, test } from 'vitest';
import { checkAddresses, meetpuntUrlOf, publicUrlOf } from '#collector/config/addresses.ts';
import { allServers, checkMeasureServers } from '#collector/config/measure-servers.ts';
import { normOf } from '#collector/config/norm.ts';
import { COLLECTOR_SETTINGS, readCollectorSettings } from '#collector/config/settings.ts';
import { NORM_500_40, normSchema } from '#shared/model/norm.ts';

test('the defaults are closed: loopback only, embedded stores', () => {
  const settings = readCollectorSettings({}, undefined);
  expect(settings).toMatchObject({
    host: '127.0.0.1',
    port: 8080,
    data: './data',
    series: 'sqlite',
    meetpuntHost: '127.0.0.1',
    meetpuntPort: 8081,
    meetpuntSlots: 1,
    logLevel: 'info',
  });
  expect(settings.publicUrl).toBeUndefined();
});

test('every default is one that its own form accepts', () => {
  for (const setting of Object.values(COLLECTOR_SETTINGS)) {
    if (setting.fallback === undefined) continue;
    const text =
      typeof setting.fallback === 'object'
        ? `${setting.fallback.fromHour}-${setting.fallback.toHour}`
        : String(setting.fallback);
    expect(setting.schema.parse(text), setting.env).toEqual(setting.fallback);
  }
});

test('numbers come as text from the environment and as numbers from the file', () => {
  const file = { path: 'meetnet.yaml', content: { norm: { download: 100 }, port: 9001 } };
  const settings = readCollectorSettings(
    { MEETNET_PORT: ' 9000 ', MEETNET_NORM_UPLOAD: '10.5' },
    file,
  );
  expect(settings).toMatchObject({ port: 9000, normDownload: 100, normUpload: 10.5 });
});

test('every wrong setting is named at once', () => {
  const read = () =>
    readCollectorSettings(
      {
        MEETNET_PORT: '70000',
        MEETNET_SERIES: 'postgres',
        MEETNET_PUBLIC_URL: 'meet.example/pages',
        MEETNET_NORM_QUIET_HOURS: '5-1',
        MEETNET_MEETPUNT_SLOTS: '1.5',
        MEETNET_INFLUX_PASSWORD: '   ',
      },
      { path: 'meetnet.yaml', content: { log: { level: 'loud' } } },
    );
  expect(read).toThrow(expect.objectContaining({ code: 'bad_settings' }));
  expect(read).toThrow(/7 setting\(s\)/);
  expect(read).toThrow(/MEETNET_PORT: must be a whole number from 0 to 65535 \(is "70000"\)/);
  expect(read).toThrow(/MEETNET_SERIES: must be one of sqlite, influx/);
  expect(read).toThrow(/MEETNET_PUBLIC_URL: must be an address such as https:/);
  expect(read).toThrow(/MEETNET_NORM_QUIET_HOURS: must be two hours such as 1-5/);
  expect(read).toThrow(/MEETNET_MEETPUNT_SLOTS: must be a whole number/);
  expect(read).toThrow(/log\.level in meetnet\.yaml: must be one of debug/);
});

test('a changed norm has a version of its own, the same for the same values', () => {
  const norm = (env: Record<string, string>) => normOf(readCollectorSettings(env, undefined));
  expect(norm({})).toBe(NORM_500_40);
  const changed = norm({ MEETNET_NORM_DOWNLOAD: '100', MEETNET_NORM_UPLOAD: '10' });
  expect(normSchema.parse(changed)).toMatchObject({ download: 100, upload: 10 });
  expect(changed.version).toMatch(/^100\/10-own-[0-9a-f]{8}$/);
  expect(norm({ MEETNET_NORM_UPLOAD: '10', MEETNET_NORM_DOWNLOAD: '100.0' }).version).toBe(
    changed.version,
  );
  const tolerant = norm({ MEETNET_NORM_TOLERANCE: '0.05' });
  expect(tolerant.version).toMatch(/^500\/40-own-/);
  expect(tolerant.version).not.toBe(norm({ MEETNET_NORM_TOLERANCE: '0.06' }).version);
});

test('addresses follow from what is listened on, unless they are set', () => {
  const settings = (env: Record<string, string>) => readCollectorSettings(env, undefined);
  expect(publicUrlOf(settings({}), { host: '127.0.0.1', port: 8080 })).toBe(
    'http://127.0.0.1:8080',
  );
  expect(publicUrlOf(settings({}), { host: '0.0.0.0', port: 81 })).toBe('http://127.0.0.1:81');
  expect(publicUrlOf(settings({}), { host: '::1', port: 81 })).toBe('http://[::1]:81');
  const open = settings({
    MEETNET_PUBLIC_URL: 'https://Meet.example/',
    MEETNET_MEETPUNT_HOST: '0.0.0.0',
  });
  expect(publicUrlOf(open, { host: '127.0.0.1', port: 8080 })).toBe('https://meet.example');
  expect(meetpuntUrlOf(open, { host: '0.0.0.0', port: 8081 })).toBe('http://meet.example:8081');
  expect(
    meetpuntUrlOf(settings({ MEETNET_MEETPUNT_URL: 'http://punt.example:81' }), {
      host: '0.0.0.0',
      port: 8081,
    }),
  ).toBe('http://punt.example:81');
});

test('a measure server on every address must be told its own', () => {
  const check = (env: Record<string, string>) =>
    checkAddresses(readCollectorSettings({ MEETNET_MEETPUNT_HOST: '0.0.0.0', ...env }, undefined));
  expect(() => check({})).toThrow(/set MEETNET_MEETPUNT_URL/);
  expect(() => check({ MEETNET_PUBLIC_URL: 'https://meet.example' })).not.toThrow();
});

test('measure servers elsewhere come as text or as a list, each address once', () => {
  const fromText = (text: string) => readCollectorSettings({ MEETNET_MEETPUNTEN: text }, undefined);
  const elsewhere = [
    { url: 'https://a.example', slots: 2 },
    { url: 'http://b.example:8081', slots: 1 },
  ];
  expect(fromText('https://a.example/=2, http://b.example:8081=1,').meetpunten).toEqual(elsewhere);
  const file = { path: 'm.yaml', content: { meetpunten: elsewhere } };
  expect(readCollectorSettings({}, file).meetpunten).toEqual(elsewhere);
  expect(readCollectorSettings({}, undefined).meetpunten).toBeUndefined();
  for (const bad of ['http://a', 'http://a=0', 'a=1', 'ftp://a=1', 'http://a/b=1', '=1']) {
    expect(() => fromText(bad), bad).toThrow(/MEETNET_MEETPUNTEN/);
  }
  expect(() => fromText('http://a=1,http://a=2')).toThrow(/each address once/);
  for (const bad of [
    { url: 'http://a' },
    5,
    [{ url: 'http://a', slots: 1, more: 1 }],
    ['http://a=1'],
  ]) {
    const content = { meetpunten: bad };
    expect(() => readCollectorSettings({}, { path: 'm.yaml', content })).toThrow(/meetpunten/);
  }
});

test('slots are for the measure server beside the collector and those elsewhere', () => {
  const own = { url: 'http://own', capacity: 1 };
  const elsewhere = [
    { url: 'http://a', slots: 2 },
    { url: 'http://own', slots: 5 },
  ];
  expect(allServers(own, elsewhere)).toEqual([own, { url: 'http://a', capacity: 2 }]);
  expect(allServers(own)).toEqual([own]);
  // Without one beside the collector, agents are told the first of the others, which is a server still.
  expect(allServers({ url: 'http://a', capacity: 0 }, elsewhere.slice(0, 1))).toEqual([
    { url: 'http://a', capacity: 2 },
  ]);
  expect(allServers({ url: '', capacity: 0 }, elsewhere.slice(0, 1))).toEqual([
    { url: 'http://a', capacity: 2 },
  ]);
  // Without one of its own the collector tells the first of the others.
  expect(allServers({ url: 'http://a', capacity: 0 }, elsewhere)).toEqual([
    { url: 'http://a', capacity: 2 },
    { url: 'http://own', capacity: 5 },
  ]);
  expect(() => checkMeasureServers(0)).toThrow(/MEETNET_MEETPUNT_SLOTS is 0/);
  expect(() => checkMeasureServers(0, elsewhere)).not.toThrow();
  expect(() => checkMeasureServers(1)).not.toThrow();
});

test('with a certificate, agents are told https', () => {
  const settings = readCollectorSettings({ MEETNET_MEETPUNT_TLS_CERT: '/c.pem' }, undefined);
  expect(meetpuntUrlOf(settings, { host: '127.0.0.1', port: 8081 })).toBe('https://127.0.0.1:8081');
});

test('maintenance is a list of windows, or intervals as ISO 8601 writes them', () => {
  const windows = (value: unknown) =>
    readCollectorSettings({}, { path: 'm.yaml', content: { availability: { maintenance: value } } })
      .maintenance;
  const [from, to] = ['2026-03-01T02:00:00+01:00', '2026-03-01T04:30:00+01:00'];
  const span = { from: Date.parse(from), to: Date.parse(to) };
  expect(
    windows([
      { from, to, locations: ['16SW03'] },
      { from, to },
    ]),
  ).toEqual([{ ...span, locationIds: ['16SW03'] }, span]);
  const env = { MEETNET_MAINTENANCE: `${from}/${to}, ${from}/${to},` };
  expect(readCollectorSettings(env, undefined).maintenance).toEqual([span, span]);
  for (const bad of [
    'soon',
    `${from}`,
    `${to}/${from}`,
    [{ from }],
    [{ from, to, locations: ['x'] }],
  ])
    expect(() => windows(bad)).toThrow(/availability.maintenance/);
});
