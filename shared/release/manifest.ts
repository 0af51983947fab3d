// A release of the agent as it is signed: which file, for what, from when, for how many. The signature
// is over the very text of the manifest, which is read only once it is right.
import { z } from 'zod';
import { parseVersion } from './version-order.ts';

/** What is signed (Ed25519). The prefix keeps signatures to one use. */
export function releasePayload(manifest: string): string {
  return `meetnet-release/1\n${manifest}`;
}

export const MAX_RELEASE_BYTES = 16_777_216;
export const MAX_MANIFEST_CHARACTERS = 20_000;
/** Some nine attempts of the uplink; a router that restarts is back by then. */
export const DEFAULT_TRIAL_SECONDS = 600;

/** Also the name of a folder. */
export const versionSchema = z
  .string()
  .max(40)
  .refine((text) => parseVersion(text) !== undefined, 'must be a version such as 1.2.3+abc123');

export const releaseFileSchema = z.object({
  /** `any`, or Node's `platform-arch`, such as `linux-arm64`. */
  platform: z.string().regex(/^(any|[a-z0-9]+-[a-z0-9]+)$/, 'must be any, or such as linux-x64'),
  name: z.string().min(1).max(100),
  sizeBytes: z.int().positive().max(MAX_RELEASE_BYTES),
  /** Lower-case hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal'),
});
export type ReleaseFile = Readonly<z.infer<typeof releaseFileSchema>>;

const manifestFields = z.object({
  format: z.literal(1),
  /** As the agent itself says it. */
  version: versionSchema,
  files: z.array(releaseFileSchema).min(1).max(20),
  /** Oldest Node that it runs on. */
  minNode: versionSchema,
  /** Not taken before. */
  notBefore: z.iso.datetime(),
  /** Not taken at or after it. */
  notAfter: z.iso.datetime().optional(),
  /** Most of the devices that may take it, which each sees to itself; a collector may offer it to fewer. */
  rolloutPercent: z.number().min(0).max(100),
  /** May it replace a newer version. Never for ever: it goes with `notAfter`. */
  allowDowngrade: z.boolean().default(false),
  /** In this time the collector must welcome the agent under it, else it goes back. */
  trialSeconds: z.int().min(5).max(86_400).default(DEFAULT_TRIAL_SECONDS),
});
export const manifestSchema = manifestFields.refine(
  ({ allowDowngrade, notAfter }) => !allowDowngrade || notAfter !== undefined,
  { path: ['notAfter'], message: 'must be given where a downgrade is allowed (--not-after)' },
);
export type Manifest = Readonly<z.infer<typeof manifestSchema>>;

/** How a release travels. */
export const signedManifestSchema = z.object({
  manifest: z.string().min(2).max(MAX_MANIFEST_CHARACTERS),
  /** Over `releasePayload`, base64url. */
  signature: z.string().regex(/^[A-Za-z0-9_-]{86}$/, 'must be an Ed25519 signature in base64url'),
});
export type SignedManifest = Readonly<z.infer<typeof signedManifestSchema>>;

/** The file for `platform`: its own, else the one for any. */
export function fileFor({ files }: Manifest, platform: string): ReleaseFile | undefined {
  return (
    files.find((file) => file.platform === platform) ??
    files.find((file) => file.platform === 'any')
  );
}

/** For a person, of what zod found. */
export function faultsOf(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => `${path.map(String).join('.') || 'manifest'}: ${message}`)
    .join('; ');
}
