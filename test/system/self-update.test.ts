// A collector, and an agent under a service manager, as installed: launcher and bundle. Releases are
// signed, published, taken; those that are no good go back by themselves, and the collector hears why.
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { enrol } from '#agent/identity/enrol.ts';
import { RESTART_EXIT } from '#agent/releases/slot-files.ts';
import { NOTHING_SPENT } from '#agent/schedule/budget.ts';
import type { Registry } from '#collector/registry/registry.ts';
import { openSqliteRegistry } from '#collector/registry/sqlite.ts';
import { sha256Of, signManifest } from '#collector/releases/signing.ts';
import { type Bundle, buildBundle } from '#deploy/agent-package/bundle.ts';
import { DEFAULT_TRIAL_SECONDS } from '#shared/release/manifest.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { command, enrolCode } from '#test/support/agent.ts';
import { startCollector } from '#test/support/collector.ts';
import { testOutbound } from '#test/support/outbound.ts';
import { eventually, ROOT, type Running, start } from '#test/support/process.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';

const BASE = { version: '0.1.0', commit: 'base', epoch: 1_760_000_000 };
const NEW = { ...BASE, version: '0.2.0', commit: 'new' };

let folder: TemporaryFolder;
let base: Bundle;
let good: Buffer;
beforeAll(async () => {
  folder = await temporaryFolder();
  base = await buildBundle(join(folder.path, 'base'), BASE);
  good = await readFile((await buildBundle(join(folder.path, 'new'), NEW)).path);
});
afterAll(() => folder[Symbol.asyncDispose]());

/** The good one under another version, after `before`. */
function bundleOf(version: string, before = ''): Buffer {
  return Buffer.from(before + good.toString().replaceAll('0.2.0+new', version));
}

const CRASHES = "if (process.argv[2] === 'run') throw new Error('it does not run here');\n";
const HANGS =
  "if (process.argv[2] === 'run') await new Promise(() => setInterval(() => {}, 1_000));\n";

interface Supervised extends AsyncDisposable {
  /** How the agent ended, each time. */
  readonly exits: (number | null)[];
}

/** Starts the agent again whenever it ends, as the service manager of a device does. */
function supervise(env: Record<string, string>): Supervised {
  const exits: (number | null)[] = [];
  let agent: Running | undefined;
  let isOver = false;
  const supervising = (async () => {
    while (!isOver) {
      agent = start(relative(ROOT, base.launcherPath), ['run', '--wait'], env);
      exits.push(await agent.exited);
    }
  })();
  return {
    exits,
    [Symbol.asyncDispose]: async () => {
      isOver = true;
      await agent?.end('SIGTERM');
      await supervising;
    },
  };
}

/** Enrolled, and done with its first test: it has nothing to do but to be updated. */
async function device(collector: string, code: string, data: string): Promise<string> {
  const directory = join(data, 'agent');
  await mkdir(directory, { recursive: true });
  const state = { spent: NOTHING_SPENT, lastMeasuredAt: new Date().toISOString() };
  await writeFile(join(directory, 'state.json'), JSON.stringify(state));
  using outbound = testOutbound();
  const { deviceId } = await enrol({
    ...{ directory, collector, code, outbound, clock: systemClock, name: 'kast' },
    ...{ position: 'off_path', agentVersion: '0.1.0', existing: 'keep' },
    signal: AbortSignal.timeout(30_000),
  });
  return deviceId;
}

function publish(
  registry: Registry,
  key: KeyObject,
  version: string,
  bundle: Buffer,
  { served = bundle, trialSeconds = DEFAULT_TRIAL_SECONDS } = {},
): Promise<void> {
  const name = 'meetnet-agent.mjs';
  const file = { platform: 'any', name, sizeBytes: bundle.length, sha256: sha256Of(bundle) };
  const signed = signManifest(
    {
      ...{ format: 1, version, files: [file], minNode: '20.0.0', rolloutPercent: 100 },
      ...{ notBefore: '2026-01-01T00:00:00Z', allowDowngrade: false, trialSeconds },
    },
    key,
  );
  return registry.releases.add({
    ...{ ...signed, version, share: 100 },
    files: [{ name, bytes: served }],
  });
}

test('updated and connected again; what is no good goes back by itself and says so', async () => {
  const [data, agentData] = [join(folder.path, 'collector'), join(folder.path, 'host')];
  await using collector = await startCollector({ data });
  const onCollector = (...args: string[]) =>
    command('collector/main.ts', args, { MEETNET_DATA: data });
  const keyFile = join(folder.path, 'release.key');
  const updateKey = (await onCollector('release', 'key', keyFile)).trim();
  const key = createPrivateKey(await readFile(keyFile));
  const deviceId = await device(collector.url, await enrolCode(data), agentData);
  await using registry = await openSqliteRegistry({
    ...{ path: join(data, 'registry.db'), clock: systemClock, log: silentLog },
  });
  const isRunning = (version: string) =>
    eventually(version, async () => {
      const found = await registry.device(deviceId);
      return found?.agentVersion === version ? true : undefined;
    });
  const answer = (version: string, outcome: string) =>
    eventually(`${version} ${outcome}`, async () => {
      const found = (await registry.releases.answersOf(deviceId)).find(
        (each) => each.version === version && each.outcome === outcome,
      );
      return found && (found.reason ?? '');
    });
  await using agent = supervise({ MEETNET_DATA: agentData, MEETNET_UPDATE_KEY: updateKey });
  await isRunning('0.1.0+base');

  // A good one, by the commands that people give.
  const bundle = join(folder.path, 'new', 'meetnet-agent.mjs');
  const manifest = join(folder.path, 'manifest.json');
  await writeFile(manifest, await onCollector('release', 'sign', bundle, '--key', keyFile));
  await onCollector(
    'release',
    'publish',
    bundle,
    '--manifest',
    manifest,
    '--update-key',
    updateKey,
  );
  await answer('0.2.0+new', 'installed');
  await isRunning('0.2.0+new');
  expect(agent.exits).toEqual([RESTART_EXIT]);

  // One that ends at once, each time that it is started.
  await publish(registry, key, '0.3.0', bundleOf('0.3.0', CRASHES));
  expect(await answer('0.3.0', 'rolled_back')).toMatch(/ended 3 times.*it does not run here/);
  await isRunning('0.2.0+new');
  expect(agent.exits).toEqual([RESTART_EXIT, RESTART_EXIT, 1, 1, 1]);

  // One that lives and never comes to the collector.
  await publish(registry, key, '0.4.0', bundleOf('0.4.0', HANGS), { trialSeconds: 5 });
  expect(await answer('0.4.0', 'rolled_back')).toMatch(/no welcome of the collector in 5 s/);
  await isRunning('0.2.0+new');
  expect(agent.exits.slice(5)).toEqual([RESTART_EXIT, RESTART_EXIT]);

  // Of these nothing is started, nor does the agent end for them.
  const stranger = generateKeyPairSync('ed25519').privateKey;
  await publish(registry, stranger, '0.5.0', bundleOf('0.5.0'));
  const damaged = bundleOf('0.6.0');
  damaged[400_000] = (damaged[400_000] ?? 0) ^ 1;
  await publish(registry, key, '0.6.0', bundleOf('0.6.0'), { served: damaged });
  const whole = bundleOf('0.7.0');
  await publish(registry, key, '0.7.0', whole, { served: whole.subarray(0, 300_000) });
  expect(await answer('0.5.0', 'refused')).toContain('signature');
  expect(await answer('0.6.0', 'refused')).toContain('SHA-256');
  expect(await answer('0.7.0', 'refused')).toContain('has 300000 bytes');
  expect(agent.exits).toHaveLength(7);

  // And the next good one is taken as ever.
  await publish(registry, key, '0.8.0', bundleOf('0.8.0'));
  await answer('0.8.0', 'installed');
  await isRunning('0.8.0');
  expect(agent.exits.slice(7)).toEqual([RESTART_EXIT]);
  const rows = (await onCollector('release', 'list')).trim().split('\n');
  expect(rows.map((row) => JSON.parse(row).devices)).toMatchObject([
    { installed: 1 },
    ...[{ refused: 1 }, { refused: 1 }, { refused: 1 }],
    ...[{ rolled_back: 1 }, { rolled_back: 1 }],
    { installed: 1 },
  ]);
});
