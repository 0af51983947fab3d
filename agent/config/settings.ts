// The agent's settings, one documented table. The README's table is checked against it.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { COMMON_SETTINGS } from '#shared/runtime/common-settings.ts';
import { oneOf, origin, text, wholeNumber } from '#shared/runtime/setting-forms.ts';
import { readSettings, type SettingTable, type SettingValues } from '#shared/runtime/settings.ts';
import { readSettingsFile } from '#shared/runtime/settings-file.ts';

const MEBIBYTE = 1024 * 1024;

export const AGENT_SETTINGS = {
  ...COMMON_SETTINGS,
  collector: {
    env: 'MEETNET_COLLECTOR',
    key: 'collector',
    schema: origin(['https', 'http']),
    fallback: undefined,
    fallbackText: 'as enrolled',
    meaning: 'address of the collector, when it is not where this agent enrolled',
  },
  uplink: {
    env: 'MEETNET_UPLINK',
    key: 'agent.uplink',
    schema: oneOf(['auto', 'websocket', 'https']),
    fallback: 'auto',
    meaning:
      'how the collector is reached: `auto` uses plain HTTPS requests where WebSocket is not let through, and goes back by itself',
  },
  name: {
    env: 'MEETNET_AGENT_NAME',
    key: 'agent.name',
    schema: text('a name'),
    fallback: undefined,
    fallbackText: 'host name',
    meaning: 'name of this device on the pages, set at enrolment',
  },
  position: {
    env: 'MEETNET_POSITION',
    key: 'agent.position',
    schema: oneOf(['off_path', 'in_path']),
    fallback: 'off_path',
    meaning:
      "`in_path` when all of the school's traffic passes this device, set at enrolment; else it cannot know when the line is quiet",
  },
  updateKey: {
    env: 'MEETNET_UPDATE_KEY',
    key: 'agent.update_key',
    schema: updateKey(),
    fallback: undefined,
    fallbackText: 'off',
    meaning:
      'public key that releases of the agent are signed with, as `meetnet-collector release key` prints it; without it the agent replaces itself by none',
  },
  spoolBytes: {
    env: 'MEETNET_SPOOL_BYTES',
    key: 'agent.spool_bytes',
    schema: wholeNumber(MEBIBYTE, 1024 * MEBIBYTE),
    fallback: 64 * MEBIBYTE,
    meaning: 'most that waits on disk to be sent; beyond it the oldest goes, and is counted',
  },
} as const satisfies SettingTable;

/** Ed25519, 32 bytes in base64url: `x` of a JWK. */
function updateKey(): z.ZodType<string> {
  const message = 'must be a public key as `meetnet-collector release key` prints it';
  return z
    .string(message)
    .trim()
    .regex(/^[A-Za-z0-9_-]{43}$/, message);
}

/** Keys of the collector's table: one file may serve both. A test holds them against it. */
export const COLLECTOR_KEYS = [
  ...['host', 'port', 'public_url', 'trust_proxy', 'series'],
  ...['raw.', 'influx.', 'pdok.', 'meetpunt.', 'meetpunten', 'norm.', 'dossier.', 'subsidy.'],
  ...['availability.', 'school_holidays', 'smtp.', 'mail.', 'webhook.'],
] as const;

export type AgentSettings = SettingValues<typeof AGENT_SETTINGS>;

/**
 * Settings of the environment and of the file that MEETNET_CONFIG names. Throws `bad_settings`
 * listing every problem at once.
 */
export async function loadAgentSettings(
  env: Readonly<Record<string, string | undefined>>,
): Promise<AgentSettings> {
  const path = env[AGENT_SETTINGS.config.env] ?? '';
  if (path === '') return readSettings(AGENT_SETTINGS, env, undefined);
  // Loaded only where there is a file: most agents have none.
  const { parse } = await import('yaml');
  const file = await readSettingsFile(path, (name) => readFile(name, 'utf8'), parse);
  return readSettings(AGENT_SETTINGS, env, file, COLLECTOR_KEYS);
}
