// The calls of the file system that the spool makes, as an interface: so that a test can be a disk
// that loses power at any byte, fills up or turns read-only.
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import type { Bytes } from '#shared/model/units.ts';

/** As far as `FileHandle` of `node:fs/promises` is used; offsets and lengths in bytes. */
export interface DiskFile extends AsyncDisposable {
  read(
    into: Buffer,
    offset: Bytes,
    length: Bytes,
    position: Bytes,
  ): Promise<{ readonly bytesRead: Bytes }>;
  /** May write less than asked. */
  write(
    from: Uint8Array,
    offset: Bytes,
    length: Bytes,
    position: Bytes,
  ): Promise<{ readonly bytesWritten: Bytes }>;
  truncate(size: Bytes): Promise<void>;
  chmod(mode: number): Promise<void>;
  /** The data is durable when it resolves, and the size. */
  datasync(): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Rejects as Node does, with `code`: ENOSPC, EROFS, EIO, ENOENT, … */
export interface Disk {
  open(path: string, flags: 'r' | 'r+' | 'w', mode?: number): Promise<DiskFile>;
  readFile(path: string): Promise<Buffer>;
  /** Names, in no order. */
  readdir(path: string): Promise<string[]>;
  /** With all above it, for this user alone; it may be there. */
  mkdir(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** It may be gone already. */
  remove(path: string): Promise<void>;
}

export const nodeDisk: Disk = {
  open: (path, flags, mode) => open(path, flags, mode),
  readFile: (path) => readFile(path),
  readdir: (path) => readdir(path),
  mkdir: async (path) => {
    await mkdir(path, { recursive: true, mode: 0o700 });
  },
  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, { force: true }),
};

/** write(2) may write less than asked, at the end of a full disk for one. */
export async function writeAll(file: DiskFile, bytes: Uint8Array, position: Bytes): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await file.write(
      bytes,
      written,
      bytes.length - written,
      position + written,
    );
    written += bytesWritten;
  }
}

/** A read may give fewer bytes than asked; only at the end of the file does it give none. */
export async function readAll(file: DiskFile, into: Buffer, position: Bytes): Promise<void> {
  let done = 0;
  while (done < into.length) {
    const { bytesRead } = await file.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) return;
    done += bytesRead;
  }
}
