// HTML from templates: what is put in is escaped, unless it is HTML made here already.

export interface Html {
  readonly html: string;
}

type Part = Html | string | number | false | readonly Html[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** `false` puts in nothing. Attributes must be in double quotes. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const text = strings.map((piece, at) => piece + textOf(parts[at] ?? false)).join('');
  return { html: text };
}

function textOf(part: Part): string {
  if (part === false) return '';
  if (typeof part === 'object')
    return [part]
      .flat()
      .map((each) => each.html)
      .join('');
  return String(part).replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}
