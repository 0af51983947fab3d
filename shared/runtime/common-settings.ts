// Settings that agent and collector have alike, so that they are called and mean the same.
import { LOG_LEVELS } from './log.ts';
import { oneOf, text } from './setting-forms.ts';
import type { SettingTable } from './settings.ts';

export const COMMON_SETTINGS = {
  config: {
    env: 'MEETNET_CONFIG',
    key: 'config',
    schema: text('the path of a YAML file'),
    fallback: undefined,
    meaning: 'YAML file with settings; environment variables win over it',
  },
  data: {
    env: 'MEETNET_DATA',
    key: 'data',
    schema: text('the path of a directory'),
    fallback: './data',
    meaning: 'directory of everything that is kept; an empty one is a first run',
  },
  logLevel: {
    env: 'MEETNET_LOG_LEVEL',
    key: 'log.level',
    schema: oneOf(LOG_LEVELS),
    fallback: 'info',
    meaning: 'least level that is logged',
  },
  logFormat: {
    env: 'MEETNET_LOG_FORMAT',
    key: 'log.format',
    schema: oneOf(['text', 'json']),
    fallback: 'text',
    meaning: 'one line of text or of JSON for each event, on stderr',
  },
} as const satisfies SettingTable;
