// A mail's text as simple HTML: paragraphs and links, no styles, images or tracking. Pure.

const LINK = /https?:\/\/[^\s<>"]+/g;

export function htmlOf(text: string): string {
  const paragraphs = text
    .trim()
    .split(/\n{2,}/)
    .map((paragraph) => `<p>${paragraph.split('\n').map(withLinks).join('<br>\n')}</p>`);
  return `<!doctype html>\n<html><body>\n${paragraphs.join('\n')}\n</body></html>\n`;
}

/** What ends a sentence is not of the link before it. */
function withLinks(line: string): string {
  let html = '';
  let from = 0;
  for (const match of line.matchAll(LINK)) {
    const link = match[0].replace(/[.,;:!?)]+$/, '');
    html += escaped(line.slice(from, match.index));
    html += `<a href="${escaped(link)}">${escaped(link)}</a>`;
    from = match.index + link.length;
  }
  return html + escaped(line.slice(from));
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
