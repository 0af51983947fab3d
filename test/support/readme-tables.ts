// The rows that the README's tables must have, from the tables in the code.
import { AGENT_SETTINGS } from '#agent/config/settings.ts';
import { COLLECTOR_SETTINGS } from '#collector/config/settings.ts';
import { ERRORS } from '#shared/runtime/errors.ts';
import type { Setting } from '#shared/runtime/settings.ts';

export function settingRows(): string[] {
  const rows = new Map<string, { readonly setting: Setting<unknown>; readonly users: string[] }>();
  for (const [user, table] of [
    ['collector', COLLECTOR_SETTINGS],
    ['agent', AGENT_SETTINGS],
  ] as const) {
    for (const setting of Object.values(table) as Setting<unknown>[]) {
      const row = rows.get(setting.env) ?? { setting, users: [] };
      row.users.push(user);
      rows.set(setting.env, row);
    }
  }
  return [...rows.values()].map(({ setting, users }) => {
    const { env, key, fallback, fallbackText, meaning } = setting;
    const shown = fallbackText ?? (fallback === undefined ? 'none' : `\`${fallback}\``);
    return `| \`${env}\` | \`${key}\` | ${users.join(', ')} | ${shown} | ${meaning} |`;
  });
}

export function errorRows(): string[] {
  return Object.entries(ERRORS).map(
    ([code, { exit, status, retry, meaning }]) =>
      `| \`${code}\` | ${exit} | ${status} | ${retry} | ${meaning} |`,
  );
}
