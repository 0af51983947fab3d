// What a disk may say that passes by itself or by a person's hand, the agent going on meanwhile.
import { messageOf } from '#shared/runtime/errors.ts';

/** Full, over quota, read-only, or failing: none of them is a fault in how the agent was set up. */
const PASSING = ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO'];

export function isPassing(error: unknown): boolean {
  return PASSING.includes(codeOf(error));
}

export function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(codeOf(error));
}

/** For the collector and for people: the system's code, or what there is to say. */
export function troubleOf(error: unknown): string {
  return (codeOf(error) || messageOf(error)).slice(0, 60);
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}
