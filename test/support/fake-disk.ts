// A disk in memory for the spool: writes down all that is asked of it, and fills up or turns
// read-only when a test says so. What is left after a power cut: disk-events.ts.
import type { Disk, DiskFile } from '#agent/files/disk.ts';
import type { DiskEvent } from './disk-events.ts';

export interface FakeDisk extends Disk {
  /** As it was before the first event. */
  readonly start: ReadonlyMap<string, Buffer>;
  /** In the order of what was asked; more come as more is. */
  readonly events: DiskEvent[];
  /** All files together may have so many bytes. */
  capacityBytes: number;
  isReadOnly: boolean;
  /** The next sync fails and it is read-only from then on, as ext4 is after an error (`errors=remount-ro`). */
  failsAtSync: boolean;
  /** Reads of these end in EIO. */
  readonly unreadable: Set<string>;
  files(): Map<string, Buffer>;
}

interface Inode {
  readonly file: number;
  bytes: Buffer;
}

/** `isRecorded`: off where nobody asks what was there when; events take memory. */
export function fakeDisk(
  start: ReadonlyMap<string, Buffer> = new Map(),
  { isRecorded = true } = {},
): FakeDisk {
  let made = 0;
  const inodes = new Map<string, Inode>();
  for (const [path, bytes] of start) inodes.set(path, { file: --made, bytes: Buffer.from(bytes) });
  made = 0;
  const events: DiskEvent[] = [];
  const record = (event: DiskEvent) => {
    if (isRecorded) events.push(event);
  };
  const used = () => [...inodes.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  const writable = () => {
    if (disk.isReadOnly) throw failure('EROFS', 'read-only file system');
  };
  const found = (path: string): Inode => {
    const inode = inodes.get(path);
    if (inode === undefined) throw failure('ENOENT', `no such file: ${path}`);
    return inode;
  };
  const synced = ({ file }: Inode) => {
    if (disk.failsAtSync) {
      disk.failsAtSync = false;
      disk.isReadOnly = true;
      throw failure('EIO', 'i/o error');
    }
    record({ type: 'sync', file });
  };
  const readable = (path: string) => {
    if (disk.unreadable.has(path)) throw failure('EIO', 'i/o error');
  };
  const fileOf = (inode: Inode, path = ''): DiskFile => ({
    read: async (into, offset, length, position) => {
      readable(path);
      return { bytesRead: inode.bytes.copy(into, offset, position, position + length) };
    },
    write: async (from, offset, length, position) => {
      writable();
      const room = Math.max(0, disk.capacityBytes - used());
      const fits = Math.min(length, Math.max(0, inode.bytes.length - position) + room);
      if (fits === 0 && length > 0) throw failure('ENOSPC', 'no space left on device');
      const bytes = Buffer.from(from.subarray(offset, offset + fits));
      const after = Buffer.alloc(Math.max(inode.bytes.length, position + fits));
      inode.bytes.copy(after);
      bytes.copy(after, position);
      inode.bytes = after;
      record({ type: 'write', file: inode.file, at: position, bytes });
      return { bytesWritten: fits };
    },
    truncate: async (size) => {
      writable();
      const after = Buffer.alloc(size);
      inode.bytes.copy(after);
      inode.bytes = after;
      record({ type: 'truncate', file: inode.file, size });
    },
    chmod: async () => writable(),
    datasync: async () => synced(inode),
    sync: async () => synced(inode),
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  });
  const directory: DiskFile = {
    ...fileOf({ file: Number.NaN, bytes: Buffer.alloc(0) }),
    sync: async () => record({ type: 'sync names' }),
  };
  const disk: FakeDisk = {
    ...{ start, events },
    capacityBytes: Number.POSITIVE_INFINITY,
    isReadOnly: false,
    failsAtSync: false,
    unreadable: new Set(),
    files: () => new Map([...inodes].map(([path, { bytes }]) => [path, bytes])),
    open: async (path, flags) => {
      if (flags === 'r') return inodes.has(path) ? fileOf(found(path), path) : directory;
      writable();
      if (flags === 'r+') return fileOf(found(path));
      const before = inodes.get(path);
      if (before !== undefined) {
        const file = fileOf(before);
        await file.truncate(0);
        return file;
      }
      const inode = { file: ++made, bytes: Buffer.alloc(0) };
      inodes.set(path, inode);
      record({ type: 'create', path, file: inode.file });
      return fileOf(inode);
    },
    readFile: async (path) => {
      readable(path);
      return Buffer.from(found(path).bytes);
    },
    readdir: async (path) =>
      [...inodes.keys()].flatMap((name) =>
        name.startsWith(`${path}/`) ? [name.slice(path.length + 1)] : [],
      ),
    mkdir: async () => {},
    rename: async (from, to) => {
      writable();
      const inode = found(from);
      inodes.delete(from);
      inodes.set(to, inode);
      record({ type: 'rename', from, to });
    },
    remove: async (path) => {
      writable();
      if (inodes.delete(path)) record({ type: 'remove', path });
    },
  };
  return disk;
}

/** As Node's, with its code. */
function failure(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}
