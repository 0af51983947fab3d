// The settings of an installed agent, NAME=VALUE a line, from the agent's own table: nothing is set in it.
import { AGENT_SETTINGS } from '#agent/config/settings.ts';
import type { Setting } from '#shared/runtime/settings.ts';

const HEAD = `# Settings of the Meetnet agent. Restart it after a change: systemctl restart meetnet-agent
# A line is NAME=VALUE, quoted as for the shell; what is commented out has the value that it shows.
`;
/** The package decides where its state is. */
const FIXED = ['MEETNET_DATA'];

export function settingsFileText(): string {
  const settings = (Object.values(AGENT_SETTINGS) as Setting<unknown>[])
    .filter(({ env }) => !FIXED.includes(env))
    .map(
      ({ env, meaning, fallback, fallbackText }) =>
        `\n# ${meaning}${fallbackText === undefined ? '' : ` (default: ${fallbackText})`}\n#${env}=${fallback ?? ''}\n`,
    );
  return [HEAD, ...settings].join('');
}
