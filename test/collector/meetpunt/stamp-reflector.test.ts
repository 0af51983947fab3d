// The reflector over real UDP sockets on loopback.
import { createSocket, type Socket } from 'node:dgram';
import { expect, test } from 'vitest';
import { openStampReflector } from '#collector/meetpunt/stamp-reflector.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import {
  decodeReflected,
  encodeReflected,
  encodeSender,
  type ReflectedPacket,
} from '#shared/wire/stamp.ts';
import { FakeClock } from '#test/support/fake-clock.ts';

const open = (clock = systemClock, port = 0) =>
  openStampReflector({ host: '127.0.0.1', port, clock });

interface Peer extends Disposable {
  send(sequence: number, sessionId?: number, padding?: number): void;
  sendRaw(bytes: Uint8Array): void;
  /** Waits until so many answers came, or half a second has passed. */
  answers(count: number): Promise<ReflectedPacket[]>;
  readonly sizes: number[];
}

async function peerOf(port: number): Promise<Peer> {
  const socket: Socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.connect(port, '127.0.0.1', resolve));
  const got: ReflectedPacket[] = [];
  const sizes: number[] = [];
  socket.on('message', (message) => {
    sizes.push(message.length);
    const packet = decodeReflected(message);
    if (packet !== undefined) got.push(packet);
  });
  return {
    send: (sequence, sessionId = 1, padding = 0) => {
      const head = encodeSender({ sequence, sentAt: Date.now(), sessionId, isSynced: false });
      socket.send(Buffer.concat([head, Buffer.alloc(padding)]));
    },
    sendRaw: (bytes) => socket.send(bytes),
    answers: async (count) => {
      for (let waited = 0; got.length < count && waited < 500; waited += 10) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return got;
    },
    sizes,
    [Symbol.dispose]: () => socket.close(),
  };
}

test('it counts by itself in each session, so that what it never got shows', async () => {
  await using reflector = await open();
  using peer = await peerOf(reflector.port);
  for (const sequence of [0, 1, 4, 9]) peer.send(sequence, 7);
  peer.send(100, 8);
  const answers = await peer.answers(5);
  const of = (session: number) => answers.filter(({ sessionId }) => sessionId === session);
  expect(of(7).map(({ sequence, sender }) => [sender.sequence, sequence])).toEqual([
    ...[
      [0, 0],
      [1, 1],
      [4, 2],
      [9, 3],
    ],
  ]);
  expect(of(8).map(({ sequence }) => sequence)).toEqual([0]);
  for (const { receivedAt, sentAt } of answers) {
    expect(Math.abs(receivedAt - Date.now())).toBeLessThan(2_000);
    expect(sentAt).toBeGreaterThanOrEqual(receivedAt - 0.001);
  }
});

test('it answers no longer than it was asked, and not at all what is no packet', async () => {
  await using reflector = await open();
  using peer = await peerOf(reflector.port);
  peer.sendRaw(new Uint8Array(0));
  peer.sendRaw(new Uint8Array(43).fill(255));
  peer.send(1, 3, 0);
  peer.send(2, 3, 956);
  await peer.answers(2);
  expect(peer.sizes.toSorted((a, b) => a - b)).toEqual([44, 1000]);
  expect(reflector.stats()).toEqual({ sessions: 1, reflected: 2, refused: 2 });
});

test('a reflection is not reflected again: two reflectors cannot be set on each other', async () => {
  await using one = await open();
  await using other = await open();
  using peer = await peerOf(one.port);
  peer.send(1);
  await peer.answers(1);
  const sender = { sequence: 1, sentAt: Date.now(), sessionId: 1, isSynced: false };
  const reflected = encodeReflected(
    { ...sender, receivedAt: Date.now(), sender },
    new Uint8Array(44),
  );
  using victim = await peerOf(other.port);
  victim.sendRaw(reflected);
  victim.send(2);
  expect(await victim.answers(1)).toHaveLength(1);
  expect(other.stats()).toMatchObject({ reflected: 1, refused: 1 });
});

test('a flood is answered only as fast as probes may come', async () => {
  const clock = new FakeClock();
  await using reflector = await open(clock);
  using peer = await peerOf(reflector.port);
  const seen = () => reflector.stats().reflected + reflector.stats().refused;
  const flood = async (count: number) => {
    const target = seen() + count;
    // In portions, so that loopback's own buffer drops none.
    for (let sent = 0; sent < count; sent += 100) {
      for (let i = 0; i < 100; i += 1) peer.send(sent + i);
      for (let waited = 0; seen() < target - count + sent + 100 && waited < 100; waited += 1) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    expect(seen()).toBe(target);
  };
  await flood(1_000);
  expect(reflector.stats().reflected).toBe(400);
  await clock.advance(1_000);
  await flood(500);
  expect(reflector.stats().reflected).toBe(600);
});

test('sessions are forgotten, and begin anew', async () => {
  const clock = new FakeClock();
  await using reflector = await open(clock);
  using peer = await peerOf(reflector.port);
  peer.send(0);
  peer.send(1);
  await peer.answers(2);
  await clock.advance(400_000);
  expect(reflector.stats().sessions).toBe(0);
  peer.send(2);
  expect((await peer.answers(3)).at(-1)?.sequence).toBe(0);
});

test('a taken port is named, with what to do', async () => {
  await using reflector = await open();
  await expect(open(systemClock, reflector.port)).rejects.toMatchObject({
    code: 'address_in_use',
    message: expect.stringContaining(`UDP port ${reflector.port}`),
  });
});
