// A release's file over sessions that end: what came is not fetched again, nor joined twice.
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createFileFetcher } from '#agent/releases/fetch-file.ts';
import { sha256Of } from '#agent/releases/slot-files.ts';
import type { AgentFrame } from '#shared/wire/uplink.ts';
import { FakeClock } from '#test/support/fake-clock.ts';

const WHOLE = Buffer.from('one two three four ');
const PART = 5;
const FILE = { platform: 'any', name: 'a.mjs', sizeBytes: WHOLE.length, sha256: sha256Of(WHOLE) };

function fetching() {
  const asked: number[] = [];
  let spent = 0;
  const fetcher = createFileFetcher({
    uplink: {
      say: (frame: AgentFrame) => {
        if (frame.type === 'release_read') asked.push(frame.offset);
        return true;
      },
    },
    besideTests: (work, signal) => work(signal),
    spend: async (bytes) => {
      spent += bytes;
    },
    clock: new FakeClock(),
  });
  const answer = async (offset: number, from = WHOLE) => {
    const data = from.subarray(offset, offset + PART).toString('base64');
    fetcher.took({ type: 'release_part', version: '0.2.0', file: FILE.name, offset, data });
    await turn();
  };
  return { fetcher, asked, answer, spent: () => spent };
}

test('a session ends in the middle: the next one goes on where it was', async () => {
  const { fetcher, asked, answer, spent } = fetching();
  const session = new AbortController();
  const first = fetcher.fetch('0.2.0', FILE, session.signal);
  await answer(0);
  await answer(5);
  session.abort(new Error('the session is over'));
  await expect(first).rejects.toThrow('the session is over');
  const second = fetcher.fetch('0.2.0', FILE, new AbortController().signal);
  await turn();
  await answer(10);
  await answer(15);
  expect(await second).toEqual({ bundle: WHOLE });
  expect(asked).toEqual([0, 5, 10, 10, 15]);
  expect(spent()).toBe(WHOLE.length);
});

test('a part that both fetches got is there once', async () => {
  const { fetcher, answer } = fetching();
  const session = new AbortController();
  const first = fetcher.fetch('0.2.0', FILE, session.signal);
  const lost = first.catch(() => 'given up');
  const data = WHOLE.subarray(0, PART).toString('base64');
  const part = {
    type: 'release_part',
    version: '0.2.0',
    file: FILE.name,
    offset: 0,
    data,
  } as const;
  fetcher.took(part);
  const second = fetcher.fetch('0.2.0', FILE, new AbortController().signal);
  fetcher.took(part);
  await turn();
  session.abort(new Error('the session is over'));
  for (const offset of [5, 10, 15]) await answer(offset);
  expect(await lost).toBe('given up');
  expect(await second).toEqual({ bundle: WHOLE });
});

test('a file that is not as signed is fetched anew when it is offered again', async () => {
  const { fetcher, answer } = fetching();
  const wrong = Buffer.from(WHOLE).fill('x', 7, 8);
  const first = fetcher.fetch('0.2.0', FILE, new AbortController().signal);
  for (const offset of [0, 5, 10, 15]) await answer(offset, wrong);
  expect(await first).toEqual({ fault: expect.stringContaining('SHA-256') });
  const second = fetcher.fetch('0.2.0', FILE, new AbortController().signal);
  for (const offset of [0, 5, 10, 15]) await answer(offset);
  expect(await second).toEqual({ bundle: WHOLE });
});
