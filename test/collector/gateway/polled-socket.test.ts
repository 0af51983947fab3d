// Frames over requests that get lost, come twice, or lose their answers: each frame once, in order.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PolledSocket } from '#collector/gateway/polled-socket.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { FakeClock } from '#test/support/fake-clock.ts';

const here = new AbortController().signal;

function listening(socket: PolledSocket, onText: (text: string) => void = () => {}) {
  const seen = { closed: 0, signs: 0 };
  socket.listen({
    onText,
    onBinary: () => expect.unreachable(),
    onSign: () => {
      seen.signs += 1;
    },
    onError: () => expect.unreachable(),
    onClosed: () => {
      seen.closed += 1;
    },
  });
  return seen;
}

test('whatever is lost on the way, each side has each frame once and in order', async () => {
  const loss = fc.constantFrom('none', 'request', 'answer', 'twice');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ up: fc.nat(3), down: fc.nat(3), loss }), { maxLength: 40 }),
      async (rounds) => {
        const socket = new PolledSocket(systemClock);
        const [atCollector, atAgent]: string[][] = [[], []];
        listening(socket, (text) => atCollector?.push(text));
        const out: string[] = [];
        let [said, told, first, after] = [0, 0, 1, 0];
        for (const round of [...rounds, { up: 0, down: 0, loss: 'none' }]) {
          for (let n = 0; n < round.up; n += 1) out.push(`up ${++said}`);
          for (let n = 0; n < round.down; n += 1) socket.send(`down ${++told}`);
          if (out.length > 0 && round.loss !== 'request') {
            const request = { first, frames: [...out] };
            await socket.receive(request);
            if (round.loss === 'twice') await socket.receive(request);
            if (round.loss !== 'answer') first += out.splice(0).length;
          }
          if (round.loss === 'request') continue;
          const reply = await socket.poll({ after, holdMs: 0 }, here);
          if (round.loss === 'answer') continue;
          expect(reply.first).toBe(after + 1);
          atAgent?.push(...reply.frames);
          after += reply.frames.length;
        }
        while ((atAgent?.length ?? 0) < told) {
          const { frames } = await socket.poll({ after, holdMs: 0 }, here);
          atAgent?.push(...frames);
          after += frames.length;
        }
        expect(atCollector).toEqual(Array.from({ length: said }, (_, n) => `up ${n + 1}`));
        expect(atAgent).toEqual(Array.from({ length: told }, (_, n) => `down ${n + 1}`));
      },
    ),
    { numRuns: 100 },
  );
});

test('however slowly it is taken in and however often it is sent again, each frame comes once', async () => {
  const request = fc.record({ back: fc.nat(4), frames: fc.nat(4), resumes: fc.nat(3) });
  await fc.assert(
    fc.asyncProperty(fc.array(request, { maxLength: 20 }), async (requests) => {
      const socket = new PolledSocket(systemClock);
      const texts: string[] = [];
      listening(socket, (text) => {
        texts.push(text);
        // Its connection has enough to do with this one.
        socket.pause();
      });
      let [said, isDone] = [0, false];
      const sending: Promise<void>[] = [];
      for (const { back, frames, resumes } of requests) {
        // None waits for the answer to the one before.
        const first = Math.max(1, said + 1 - back);
        const numbers = Array.from({ length: frames }, (_, index) => first + index);
        said = Math.max(said, first + frames - 1);
        sending.push(socket.receive({ first, frames: numbers.map((number) => `${number}`) }));
        for (let n = 0; n < resumes; n += 1) {
          await new Promise(setImmediate);
          const before = texts.length;
          socket.resume();
          await new Promise(setImmediate);
          expect(texts.length).toBeLessThanOrEqual(before + 1);
        }
      }
      const all = Promise.allSettled(sending)
        .then((each) => {
          expect(each.every(({ status }) => status === 'fulfilled')).toBe(true);
        })
        .finally(() => {
          isDone = true;
        });
      while (!isDone) {
        socket.resume();
        await new Promise(setImmediate);
      }
      await all;
      expect(texts).toEqual(Array.from({ length: said }, (_, index) => `${index + 1}`));
    }),
    { numRuns: 100 },
  );
});

test('a poll is held until there is a frame, a newer poll, its time or its asker is gone', async () => {
  const clock = new FakeClock();
  const socket = new PolledSocket(clock);
  listening(socket);
  const poll = (signal = here) => socket.poll({ after: 0, holdMs: 20_000 }, signal);
  const first = poll();
  const second = poll();
  expect(await first).toEqual({ first: 1, frames: [] });
  await clock.advance(20_000);
  expect(await second).toEqual({ first: 1, frames: [] });
  const gone = new AbortController();
  const third = poll(gone.signal);
  gone.abort();
  expect(await third).toEqual({ first: 1, frames: [] });
  const fourth = poll();
  socket.send('news');
  expect(await fourth).toEqual({ first: 1, frames: ['news'] });
  expect(clock.sleepers).toBe(0);
});

test('its goodbye goes with the last frames, once; then it is over', async () => {
  const socket = new PolledSocket(new FakeClock());
  const seen = listening(socket);
  for (let n = 0; n < 20; n += 1) socket.send(`${n}`);
  socket.refuse(4401, 'bad_signature', 'not yours');
  socket.send('too late');
  const first = await socket.poll({ after: 0, holdMs: 1_000 }, here);
  expect(first.frames).toHaveLength(16);
  expect(first.closed).toBeUndefined();
  expect(seen.closed).toBe(0);
  const second = await socket.poll({ after: 16, holdMs: 1_000 }, here);
  expect(second.frames).toHaveLength(5);
  expect(second.closed).toEqual({ code: 4401, reason: 'bad_signature: not yours' });
  expect(seen).toMatchObject({ closed: 1, signs: 2 });
});

test('numbers that cannot be are refused; a sender is held back while it is paused', async () => {
  const socket = new PolledSocket(new FakeClock());
  const texts: string[] = [];
  listening(socket, (text) => {
    texts.push(text);
    if (text === 'b') socket.pause();
  });
  await expect(socket.receive({ first: 2, frames: ['x'] })).rejects.toMatchObject({
    code: 'bad_request',
  });
  for (const after of [1, 7]) {
    await expect(socket.poll({ after, holdMs: 0 }, here)).rejects.toMatchObject({
      code: 'bad_request',
    });
  }
  const sending = socket.receive({ first: 1, frames: ['a', 'b', 'c'] });
  await expect.poll(() => texts).toEqual(['a', 'b']);
  socket.resume();
  await sending;
  expect(texts).toEqual(['a', 'b', 'c']);
});
