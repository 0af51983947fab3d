// The measure server alone, as a process: by hand in a lab, or as the collector's child.
import { systemClock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { aborted } from '#shared/runtime/service.ts';
import { httpOrigin } from './config/addresses.ts';
import type { CollectorEdge } from './edge.ts';
import { openAdmission, slotAdmission } from './meetpunt/admission.ts';
import { openMeetpunt } from './meetpunt/meetpunt.ts';
import { openStampReflector, type StampReflector } from './meetpunt/stamp-reflector.ts';
import type { ChildMessage } from './process/measure-server.ts';
import { readSlotKey } from './process/slot-key.ts';

export interface MeetpuntCommand {
  readonly host: string;
  readonly port: number;
  readonly slots: number;
  readonly keyFile?: string;
  readonly admission: 'open' | 'slots';
  /** Bytes of one network in a day; absent: no guests. */
  readonly guestBytes?: number;
}

/** Until the edge's signal, or as a child until its parent's. Throws `bad_usage`, `data_directory`, `address_in_use`. */
export async function runMeetpunt(
  edge: CollectorEdge,
  log: Logger,
  command: MeetpuntCommand,
): Promise<void> {
  const clock = systemClock;
  let reflector: StampReflector | undefined;
  await using meetpunt = await openMeetpunt({
    stampPort: () => reflector?.port,
    host: command.host,
    port: command.port,
    clock,
    log,
    admission: await admissionOf(command, log),
    // A lab may try what a full server does; a collector's slots are the limit otherwise.
    ...(command.admission === 'slots' ? { maxTests: command.slots } : {}),
    ...(command.guestBytes === undefined ? {} : { guests: { dayBytes: command.guestBytes } }),
  });
  const { port } = meetpunt;
  // The same number as the tests' own port, so that a firewall needs one rule.
  await using stamp = await openStampReflector({ host: command.host, port, clock });
  reflector = stamp;
  edge.stdout(`Meetpunt: ${httpOrigin(command.host, port)}\n`);
  const message: ChildMessage = { type: 'listening', host: command.host, port };
  edge.tellParent(message);
  // Ctrl-C and service managers signal the whole group; a child waits for its parent's word, so
  // that running tests outlive the front door and no restart is begun at a stop.
  await aborted(edge.parentGone ?? edge.signal);
}

async function admissionOf(command: MeetpuntCommand, log: Logger) {
  if (command.keyFile !== undefined) {
    return slotAdmission({ key: await readSlotKey(command.keyFile), clock: systemClock });
  }
  if (command.admission === 'slots') {
    throw new AppError(
      'bad_usage',
      'a measure server admits who has a slot: give --key-file with the slot.key of the collector, or --open to let anyone measure (labs only)',
    );
  }
  log.warn('THIS MEASURE SERVER IS OPEN TO ANYONE who reaches it, without a slot; for labs only');
  return openAdmission();
}
