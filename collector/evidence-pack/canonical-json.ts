// JSON in the one form that RFC 8785 gives it, so that the same values are the same bytes.

/** Members in the order of their names' UTF-16 code units, no white space; what is undefined is left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part) ? inOrder(part) : part,
  );
}

function inOrder(object: object): object {
  // Without a prototype: a member may be called `__proto__`.
  const sorted: Record<string, unknown> = Object.create(null);
  for (const [name, part] of Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1))) {
    sorted[name] = part;
  }
  return sorted;
}
