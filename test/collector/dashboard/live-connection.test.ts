import { expect, test } from 'vitest';
import { type EventStream, LiveConnection } from '#collector/dashboard/src/api/live-connection.ts';
import { FakeClock } from '#test/support/fake-clock.ts';

class Stream implements EventStream {
  readonly #listeners = new Map<string, (event: { data?: unknown }) => void>();
  isClosed = false;

  addEventListener(type: string, listener: (event: { data?: unknown }) => void): void {
    this.#listeners.set(type, listener);
  }

  close(): void {
    this.isClosed = true;
  }

  emit(type: string, data?: unknown): void {
    this.#listeners.get(type)?.({ data });
  }
}

function connect(chance = 0.5) {
  const clock = new FakeClock();
  const streams: Stream[] = [];
  const seen: string[] = [];
  const connection = new LiveConnection({
    open: () => {
      const stream = new Stream();
      streams.push(stream);
      return stream;
    },
    onChange: (id) => seen.push(`changed ${id}`),
    onOpen: () => seen.push('open'),
    onLost: () => seen.push('lost'),
    later: (ms, run) => {
      const controller = new AbortController();
      clock.sleep(ms, controller.signal).then(run, () => {});
      return () => controller.abort();
    },
    chance: () => chance,
  });
  connection.subscribe(() => seen.push(connection.state));
  connection.start();
  const last = () => streams.at(-1) as Stream;
  return { clock, streams, seen, connection, last };
}

test('connects, says so, and passes changes on', () => {
  const { connection, last, seen } = connect();
  expect(connection.state).toBe('connecting');
  last().emit('open');
  last().emit('location', '{"locationId":"16SW03"}');
  last().emit('location', 'not json');
  last().emit('location', '{"locationId":3}');
  expect(seen).toEqual(['live', 'open', 'changed 16SW03']);
});

test('reconnects without end, ever slower up to half a minute, and at once after a success', async () => {
  const { clock, connection, streams, last } = connect();
  const gaps: number[] = [];
  for (let loss = 0; loss < 8; loss += 1) {
    const lostAt = clock.monotonicMs();
    const before = streams.length;
    last().emit('error');
    expect(last().isClosed).toBe(true);
    while (streams.length === before) await clock.advance(250);
    gaps.push(clock.monotonicMs() - lostAt);
  }
  expect(gaps).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
  expect(connection.state).toBe('reconnecting');
  last().emit('open');
  expect(connection.state).toBe('live');
  last().emit('error');
  const before = streams.length;
  await clock.advance(500);
  expect(streams.length).toBe(before + 1);
});

test('a stopped connection opens no more until it is started, and hears nothing', async () => {
  const { clock, connection, streams, last, seen } = connect();
  last().emit('open');
  last().emit('error');
  connection.stop();
  await clock.advance(60_000);
  expect(streams.length).toBe(1);
  connection.start();
  expect(streams.length).toBe(2);
  connection.stop();
  last().emit('open');
  last().emit('location', '{"locationId":"16SW03"}');
  last().emit('error');
  expect(seen).toEqual(['live', 'open', 'reconnecting', 'lost']);
});

test('starting twice opens once; starting while waiting goes at once', () => {
  const { connection, streams, last } = connect();
  connection.start();
  expect(streams.length).toBe(1);
  last().emit('error');
  connection.start();
  expect(streams.length).toBe(2);
});
