// The text of a settings file → its content. The parser (YAML) is handed in, so that this stays
// free of libraries; which keys it may have is the table's affair (settings.ts).
import { AppError, messageOf } from './errors.ts';

export interface SettingsFile {
  readonly path: string;
  readonly content: unknown;
}

/** Throws `bad_settings` for a file that cannot be read, is no YAML or holds no settings. */
export async function readSettingsFile(
  path: string,
  read: (path: string) => Promise<string>,
  parse: (text: string) => unknown,
): Promise<SettingsFile> {
  const text = await read(path).catch((cause: unknown) => {
    throw new AppError(
      'bad_settings',
      `the settings file ${path} cannot be read (${messageOf(cause)}); mend MEETNET_CONFIG or the file`,
      { cause },
    );
  });
  let content: unknown;
  try {
    content = parse(text);
  } catch (cause) {
    throw new AppError('bad_settings', `${path} is not valid YAML: ${messageOf(cause)}`, { cause });
  }
  if (content !== null && (typeof content !== 'object' || Array.isArray(content))) {
    throw new AppError(
      'bad_settings',
      `${path} holds no settings; write one per line, such as port: 8080`,
    );
  }
  return { path, content: content ?? {} };
}
