// The bundle: light, whole, the same bytes each time, and at work under this Node and the machine's own.
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Bundle,
  buildBundle,
  bundledPackages,
  MAX_BUNDLE_BYTES,
} from '#deploy/agent-package/bundle.ts';
import { debianVersion, findRelease, versionText } from '#deploy/agent-package/release.ts';
import { runInstalled } from '#test/support/agent-bundle.ts';
import { openTestMeetpunt, originOf } from '#test/support/meetpunt.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';

const release = { version: '0.1.0', commit: '0123456789ab', epoch: 1_760_000_000 };
let folder: TemporaryFolder;
let bundle: Bundle;

beforeAll(async () => {
  folder = await temporaryFolder();
  bundle = await buildBundle(join(folder.path, 'built'), release);
}, 60_000);
afterAll(() => folder[Symbol.asyncDispose]());

/** The Nodes to try: this one, and the oldest that is promised where the machine has it. */
function nodes(): string[] {
  const path = (process.env.PATH ?? '').split(':').filter((part) => !part.includes('node_modules'));
  const [found] = path.flatMap((part) => {
    try {
      const node = join(part, 'node');
      const text = execFileSync(node, ['-p', 'process.version'], { encoding: 'utf8' });
      return Number(text.slice(1).split('.')[0]) >= 20 ? [node] : [];
    } catch {
      return [];
    }
  });
  return found === undefined ? [process.execPath] : [process.execPath, found];
}

test('it is small, names the licences of what is in it, and holds the packages it needs', () => {
  expect(bundle.bytes).toBeLessThan(MAX_BUNDLE_BYTES);
  const names = bundledPackages(bundle).map((head) => head.split(' ')[0]);
  const needed = ['commander', 'systeminformation', 'ws', 'yaml', 'zod'];
  expect(names).toEqual(needed);
});

test('the same sources give the same bytes', async () => {
  const again = await buildBundle(join(folder.path, 'again'), release);
  expect(readFileSync(again.path).equals(readFileSync(bundle.path))).toBe(true);
});

test.each(nodes())(
  'away from the checkout it says its version and measures, under %s',
  async (node) => {
    await using away = await temporaryFolder();
    await using meetpunt = await openTestMeetpunt();
    const path = join(away.path, 'agent.mjs');
    cpSync(bundle.path, path);
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', MEETNET_DATA: join(away.path, 'data') };
    const agent = { command: [node, path] as const, env };
    expect(await runInstalled(agent, ['--version'])).toBe('0.1.0+0123456789ab\n');
    const checks = JSON.parse(await runInstalled(agent, ['doctor', '--json'], [1]));
    expect(checks).toContainEqual(expect.objectContaining({ name: 'Node', result: 'ok' }));
    const args = ['measure', '--kind', 'latency', '--seconds', '1', '--json'];
    const text = await runInstalled(agent, [...args, '--server', originOf(meetpunt)]);
    expect(JSON.parse(text)).toMatchObject({ kind: 'latency', latency: {} });
  },
  90_000,
);

test('versions: semver says the commit, Debian its time first', () => {
  expect(versionText(release)).toBe('0.1.0+0123456789ab');
  expect(debianVersion(release)).toBe('0.1.0+20251009085320.0123456789ab');
  expect(debianVersion({ ...release, commit: undefined })).toBe('0.1.0');
  expect(findRelease().epoch).toBeGreaterThan(1_700_000_000);
});
