import { expect, test } from 'vitest';
import { createEventStream } from '#collector/api/event-stream.ts';
import { FakeClock } from '#test/support/fake-clock.ts';

function openStream() {
  const clock = new FakeClock();
  const sent: { at: number; locationId: string }[] = [];
  const reader = { isBehind: false };
  const stream = createEventStream(
    {
      take: (locationId) => {
        if (reader.isBehind) return false;
        sent.push({ at: clock.monotonicMs(), locationId });
        return true;
      },
    },
    clock,
  );
  return { clock, sent, reader, stream };
}

test('the first change is told at once, a flood of them once a second, and the last is not lost', async () => {
  const { clock, sent, stream } = openStream();
  for (let count = 0; count < 450; count += 1) {
    stream.changed('16SW03');
    await clock.advance(10);
  }
  const before = sent.length;
  expect(sent[0]).toEqual({ at: 0, locationId: '16SW03' });
  for (const [index, { at }] of sent.entries()) {
    if (index > 0) expect(at - (sent[index - 1]?.at ?? 0)).toBeGreaterThanOrEqual(1000);
  }
  expect(before).toBe(5);
  await clock.advance(2000);
  expect(sent.length).toBe(before + 1);
  await clock.advance(5000);
  expect(sent.length).toBe(before + 1);
});

test('locations do not wait for each other', () => {
  const { sent, stream } = openStream();
  for (const id of ['16SW03', '00AP00', '16SW03', '00AP00']) stream.changed(id);
  expect(sent.map(({ locationId }) => locationId)).toEqual(['16SW03', '00AP00']);
});

test('a reader that is behind gets each changed location once when it is back', async () => {
  const { clock, sent, reader, stream } = openStream();
  reader.isBehind = true;
  for (let count = 0; count < 50; count += 1) stream.changed(count % 2 === 0 ? 'A' : 'B');
  await clock.advance(5000);
  expect(sent).toEqual([]);
  reader.isBehind = false;
  await clock.advance(1000);
  expect(sent.map(({ locationId }) => locationId).sort()).toEqual(['A', 'B']);
});

test('an ended stream leaves no timer behind', () => {
  const { clock, stream } = openStream();
  stream.end();
  expect(clock.sleepers).toBe(0);
});
