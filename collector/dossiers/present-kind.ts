// What kind of line a location has now, as a subsidy scheme asks it. Pure.
import { isRunning, type Line, type LineKind } from '#shared/model/line.ts';

/** Of its running main lines; where they differ nobody can say which one the scheme would take. */
export function presentKindOf(lines: readonly Pick<Line, 'role' | 'kind' | 'endedAt'>[]): LineKind {
  const main = lines.filter((line) => isRunning(line) && line.role === 'main');
  const [kind, ...others] = new Set(main.map((line) => line.kind));
  return kind === undefined || others.length > 0 ? 'unknown' : kind;
}
