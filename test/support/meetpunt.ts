// A measure server on loopback for tests, with guests unless told otherwise.
import { openAdmission } from '#collector/meetpunt/admission.ts';
import { type Meetpunt, type MeetpuntOptions, openMeetpunt } from '#collector/meetpunt/meetpunt.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { silentLog } from './silent-log.ts';

export function openTestMeetpunt({
  guests = { dayBytes: Number.POSITIVE_INFINITY },
  ...options
}: Partial<Omit<MeetpuntOptions, 'guests'>> & {
  guests?: MeetpuntOptions['guests'] | 'none';
} = {}): Promise<Meetpunt> {
  return openMeetpunt({
    ...{ host: '127.0.0.1', port: 0, clock: systemClock, log: silentLog },
    admission: openAdmission(),
    ...(guests === 'none' ? {} : { guests }),
    ...options,
  });
}

export function originOf({ port }: Meetpunt, scheme = 'http'): string {
  return `${scheme}://127.0.0.1:${port}`;
}
