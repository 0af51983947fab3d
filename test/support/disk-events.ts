// What was asked of a disk, in order, and what of it is there after the power went at some moment.
// Nothing but fsync makes a file's bytes durable, and nothing but fsync of the directory its name
// (POSIX); what is not durable may be there, may not, may be zeros, in any combination.
import type { Random } from '#shared/runtime/random.ts';

export type DiskEvent =
  | { readonly type: 'create'; readonly path: string; readonly file: number }
  | {
      readonly type: 'write';
      readonly file: number;
      readonly at: number;
      readonly bytes: Buffer;
    }
  | { readonly type: 'truncate'; readonly file: number; readonly size: number }
  | { readonly type: 'sync'; readonly file: number }
  | { readonly type: 'rename'; readonly from: string; readonly to: string }
  | { readonly type: 'remove'; readonly path: string }
  | { readonly type: 'sync names' };

/** What becomes of what was not synced: all there, nothing there, sizes without bytes, or by chance. */
export type Unsynced = 'kept' | 'lost' | 'zeros' | Pick<Random, 'next'>;

/** The files by path. `start`: as they were, durable, before the first event. */
export function afterPowerCut(
  start: ReadonlyMap<string, Buffer>,
  events: readonly DiskEvent[],
  unsynced: Unsynced,
): Map<string, Buffer> {
  const contents = new Map<number, Buffer>();
  const names = new Map<string, number>();
  let nextFile = -1;
  for (const [path, bytes] of start) {
    contents.set(nextFile, bytes);
    names.set(path, nextFile);
    nextFile -= 1;
  }
  const syncedAt = lastSyncs(events);
  for (const [index, event] of events.entries()) {
    const isDurable =
      'file' in event && event.type !== 'create'
        ? index < (syncedAt.files.get(event.file) ?? -1)
        : index < syncedAt.names;
    const isThere =
      isDurable || (typeof unsynced === 'string' ? unsynced !== 'lost' : unsynced.next() < 0.5);
    if (isThere) apply(event, { contents, names, asZeros: !isDurable && unsynced === 'zeros' });
  }
  return new Map(
    [...names].map(([path, file]) => [path, contents.get(file) ?? Buffer.alloc(0)] as const),
  );
}

function lastSyncs(events: readonly DiskEvent[]) {
  const files = new Map<number, number>();
  let names = -1;
  for (const [index, event] of events.entries()) {
    if (event.type === 'sync') files.set(event.file, index);
    if (event.type === 'sync names') names = index;
  }
  return { files, names };
}

interface State {
  readonly contents: Map<number, Buffer>;
  readonly names: Map<string, number>;
  readonly asZeros: boolean;
}

function apply(event: DiskEvent, { contents, names, asZeros }: State): void {
  switch (event.type) {
    case 'create':
      names.set(event.path, event.file);
      break;
    case 'write': {
      const before = contents.get(event.file) ?? Buffer.alloc(0);
      const after = Buffer.alloc(Math.max(before.length, event.at + event.bytes.length));
      before.copy(after);
      if (!asZeros) event.bytes.copy(after, event.at);
      contents.set(event.file, after);
      break;
    }
    case 'truncate': {
      const before = contents.get(event.file) ?? Buffer.alloc(0);
      const after = Buffer.alloc(event.size);
      before.copy(after);
      contents.set(event.file, after);
      break;
    }
    case 'rename': {
      const file = names.get(event.from);
      if (file === undefined) break;
      names.delete(event.from);
      names.set(event.to, file);
      break;
    }
    case 'remove':
      names.delete(event.path);
      break;
    default:
  }
}
