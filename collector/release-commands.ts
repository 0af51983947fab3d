// The commands on releases of the agent. `key` and `sign` are for the machine that holds the key, and
// open no store; the others publish, offer and withdraw at the collector, also while it serves.
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { type Command, InvalidArgumentError } from 'commander';
import { faultsOf, MAX_RELEASE_BYTES, manifestSchema } from '#shared/release/manifest.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import type { CollectorEdge } from './edge.ts';
import { openRegistryOf } from './open-registry.ts';
import {
  isSignedBy,
  readSignedManifest,
  sha256Of,
  signManifest,
  updateKeyOf,
} from './releases/signing.ts';
import type { StoreOptions } from './stores.ts';

const OWNER_ONLY = 0o600;
/** A bundle that takes longer to say its version is none. */
const VERSION_DEADLINE_MS = 30_000;

interface SignFlags {
  readonly key: string;
  readonly minNode: string;
  readonly percent: number;
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly allowDowngrade?: true;
  readonly trialSeconds?: number;
}

/** `stores` reads the settings; each command opens and closes what it needs. */
export function addReleaseCommands(
  program: Command,
  edge: CollectorEdge,
  stores: () => Promise<StoreOptions>,
): void {
  const release = program
    .command('release')
    .description(
      'releases of the agent: signed apart, published here, taken by a share of devices',
    );
  addSigning(release, edge);
  const store = () => openRegistryOf(stores);
  release
    .command('publish')
    .description('offer a signed release to agents, or to a share of them')
    .argument('<file>', 'the bundle, as it was signed')
    .requiredOption('--manifest <file>', 'what `release sign` printed')
    .option('--share <percent>', 'of the devices; default: all that the manifest allows', percent)
    .option('--update-key <key>', 'see that it is signed for agents that have this key')
    .action(
      async (path: string, flags: { manifest: string; share?: number; updateKey?: string }) => {
        const { signed, manifest } = readSignedManifest(await text(flags.manifest));
        if (flags.updateKey !== undefined && !isSignedBy(signed, flags.updateKey)) {
          throw new AppError('bad_signature', `${flags.manifest} is not signed by that key`);
        }
        const bytes = await contentOf(path);
        const isIt = manifest.files.every(
          ({ sizeBytes, sha256 }) => sizeBytes === bytes.length && sha256 === sha256Of(bytes),
        );
        if (!isIt) {
          throw new AppError(
            'bad_request',
            `${path} is not the file that ${flags.manifest} is of; sign it anew`,
          );
        }
        await using registry = await store();
        const files = manifest.files.map(({ name }) => ({ name, bytes }));
        const share = flags.share ?? manifest.rolloutPercent;
        await registry.releases.add({ ...signed, version: manifest.version, share, files });
        edge.stdout(`${manifest.version}\n`);
      },
    );
  release
    .command('list')
    .description('print the releases, the last published first, one JSON object each')
    .action(async () => {
      await using registry = await store();
      for (const each of await registry.releases.all()) {
        const answers = await registry.releases.answersTo(each.version);
        const devices = Object.fromEntries(
          ['installed', 'waiting', 'refused', 'rolled_back'].map((outcome) => [
            outcome,
            answers.filter((answer) => answer.outcome === outcome).length,
          ]),
        );
        const { version, share, publishedAt, withdrawnAt } = each;
        const troubles = answers
          .filter(({ outcome }) => outcome === 'refused' || outcome === 'rolled_back')
          .map(({ deviceId, outcome, reason }) => ({ deviceId, outcome, reason }));
        const row = {
          ...{ version, share, publishedAt: iso(publishedAt) },
          ...{ withdrawnAt: withdrawnAt === null ? null : iso(withdrawnAt), devices, troubles },
        };
        edge.stdout(`${JSON.stringify(row)}\n`);
      }
    });
  release
    .command('set-share')
    .description('offer a release to another share of the devices; those that have it keep it')
    .argument('<version>')
    .argument('<percent>', 'from 0 to 100', percent)
    .action(async (version: string, share: number) => {
      await using registry = await store();
      await registry.releases.setShare(version, share);
    });
  release
    .command('withdraw')
    .description('offer a release to nobody any more; those that have it keep it')
    .argument('<version>')
    .action(async (version: string) => {
      await using registry = await store();
      await registry.releases.withdraw(version);
    });
}

function addSigning(release: Command, edge: CollectorEdge): void {
  release
    .command('key')
    .description(
      'make a key to sign releases with; prints its public half, the agents’ MEETNET_UPDATE_KEY',
    )
    .argument('<file>', 'where the private half goes; keep it off the collector')
    .action(async (path: string) => {
      const { privateKey } = generateKeyPairSync('ed25519');
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
      try {
        await writeFile(path, pem, { flag: 'wx', mode: OWNER_ONLY });
      } catch (cause) {
        throw new AppError('bad_usage', `${path} cannot be made: ${messageOf(cause)}`, { cause });
      }
      edge.stdout(`${updateKeyOf(privateKey)}\n`);
    });
  release
    .command('sign')
    .description('print a signed manifest of a bundle, which is run once to say its version')
    .argument('<file>', 'the bundle: dist/agent/meetnet-agent.mjs')
    .requiredOption('--key <file>', 'the private key')
    .option('--min-node <version>', 'oldest Node that it runs on', '20.0.0')
    .option('--percent <n>', 'most of the devices that may take it', percent, 100)
    .option('--not-before <time>', 'ISO, such as 2026-12-01T04:00:00Z (default: now)')
    .option('--not-after <time>', 'ISO; no device takes it then or later')
    .option('--allow-downgrade', 'it may replace a newer version; wants --not-after')
    .option(
      '--trial-seconds <n>',
      'time for the agent to be welcome under it (default: 600)',
      whole,
    )
    .action(async (path: string, flags: SignFlags) => {
      const { readEvidenceKey } = await import('./evidence-pack/key.ts');
      const key = await readEvidenceKey(flags.key).catch(() => {
        throw new AppError('bad_usage', `--key ${flags.key}: holds no Ed25519 key in PEM`);
      });
      const bytes = await contentOf(path);
      const file = { platform: 'any', name: basename(path), sizeBytes: bytes.length };
      const { trialSeconds } = flags;
      const manifest = manifestSchema.safeParse({
        format: 1,
        version: await versionOf(edge.nodePath, path),
        files: [{ ...file, sha256: sha256Of(bytes) }],
        minNode: flags.minNode,
        notBefore: flags.notBefore ?? iso(systemClock.now()),
        rolloutPercent: flags.percent,
        ...(flags.notAfter === undefined ? {} : { notAfter: flags.notAfter }),
        allowDowngrade: flags.allowDowngrade ?? false,
        ...(trialSeconds === undefined ? {} : { trialSeconds }),
      });
      if (!manifest.success) throw new AppError('bad_usage', faultsOf(manifest.error));
      edge.stdout(`${JSON.stringify(signManifest(manifest.data, key))}\n`);
    });
}

/** What is signed says who it is: a manifest of another version would be offered without end. */
async function versionOf(nodePath: string, path: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(nodePath, [path, '--version'], {
      timeout: VERSION_DEADLINE_MS,
    });
    return stdout.trim();
  } catch (cause) {
    throw new AppError('bad_usage', `${path} does not say its version: ${messageOf(cause)}`, {
      cause,
    });
  }
}

async function contentOf(path: string): Promise<Buffer> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new AppError('bad_usage', `${path} cannot be read: ${messageOf(cause)}`, { cause });
  });
  if (bytes.length <= MAX_RELEASE_BYTES) return bytes;
  throw new AppError('bad_usage', `${path} has more than ${MAX_RELEASE_BYTES} bytes`);
}

async function text(path: string): Promise<string> {
  return (await contentOf(path)).toString();
}

function percent(value: string): number {
  const share = Number(value);
  if (/^\d+(\.\d+)?$/.test(value) && share <= 100) return share;
  throw new InvalidArgumentError('It must be a number from 0 to 100.');
}

function whole(value: string): number {
  if (/^\d{1,5}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('It must be a whole number of seconds.');
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
