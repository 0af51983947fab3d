// Listening on an address that a person has chosen, with words for what keeps it from doing so.
import type { Server } from 'node:net';
import { AppError } from '#shared/runtime/errors.ts';

export interface Place {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
}

/** Resolves with the port. Throws `address_in_use` or `bad_settings`; `change` says how to choose another. */
export async function listen(server: Server, place: Place, change: string): Promise<number> {
  const { host, port } = place;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE';
      const message = isTaken
        ? `port ${port} on ${host} is taken: stop what listens there, or choose another with ${change}`
        : `cannot listen on ${host} port ${port}: ${error.message}`;
      reject(new AppError(isTaken ? 'address_in_use' : 'bad_settings', message, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
