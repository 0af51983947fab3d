// The page of alerts in English.
import type { Messages } from './messages.ts';

export const enIncidents: Messages['incidents'] = {
  title: 'Alerts',
  show: 'Which alerts',
  statuses: { open: 'Now', closed: 'Over' },
  shown: (count: string) => `${count} ${count === '1' ? 'alert' : 'alerts'}, last changed first`,
  caption: 'Alerts with what is wrong and who saw to it',
  columns: { what: 'Alert', where: 'Where', since: 'Since', seen: 'Seen to by' },
  over: (at: string) => `over since ${at}`,
  more: (count: string) => `and ${count} more`,
  elsewhere: (count: string) => `and ${count} of other boards`,
  nobody: 'nobody yet',
  state: (since: string, seenBy: string) => `(since ${since}; seen to by: ${seenBy})`,
  acknowledge: 'I have seen to this',
  acknowledgeOf: (what: string) => `I have seen to this: ${what}`,
  note: 'Note',
  noteHint: 'Not required. Whoever sees this alert sees it.',
  submit: 'Record',
  busy: 'Recording…',
  cancel: 'Cancel',
  noneOpen: 'There is nothing to tell now',
  noneOpenText:
    'As soon as a location falls below the norm, a line changes suddenly or stays silent, or a measure server falls short, it is here.',
  noneClosed: 'No alert is over yet',
  noneClosedText: 'An alert comes here once there is nothing wrong any more.',
};
