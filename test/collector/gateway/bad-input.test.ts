// What breaks the rules gets a clear error and a closed door, and the collector goes on.
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { AppError } from '#shared/runtime/errors.ts';
import { MAX_FRAME_BYTES, UPLINK_PATH } from '#shared/wire/uplink.ts';
import { type GatewayScene, gatewayScene } from '#test/support/gateway.ts';
import { measurementAt } from '#test/support/measurements.ts';
import { eventually } from '#test/support/process.ts';
import { connectRaw, helloOf, newDeviceKey, type RawAgent } from '#test/support/raw-agent.ts';

const scenes: GatewayScene[] = [];
/** Closed after each test, which must leave the gateway able to serve a good agent. */
async function scene(...change: Parameters<typeof gatewayScene>): Promise<GatewayScene> {
  const at = await gatewayScene(...change);
  scenes.push(at);
  return at;
}
afterEach(async () => {
  for (const at of scenes.splice(0)) await at[Symbol.asyncDispose]();
});

async function goesOn(at: GatewayScene): Promise<void> {
  const device = await at.newDevice();
  const agent = await at.welcome(device);
  agent.send({
    type: 'batch',
    records: [{ position: 0, measurement: measurementAt(device.id, at.clock.now()) }],
  });
  expect((await agent.expect('ack')).results).toEqual([{ position: 0, fate: 'accepted' }]);
  agent.socket.close();
}

/** An `error` frame with this code and text, then the close. */
async function refused(agent: RawAgent, code: string, text: RegExp, close: number) {
  const frame = await agent.expect('error');
  expect(frame.code).toBe(code);
  expect(frame.message).toMatch(text);
  const end = await agent.closed;
  expect(end.code).toBe(close);
  expect(end.reason).toContain(code);
}

test('a wrong key, and a device that is not known', async () => {
  const at = await scene();
  const device = await at.newDevice();
  const wrong = await connectRaw(at.url);
  wrong.send(await helloOf(wrong, device.id, newDeviceKey()));
  await refused(wrong, 'bad_signature', new RegExp(device.id), 4401);

  const stranger = await connectRaw(at.url);
  const id = '9d0f1c7e-3a57-4f0b-8d5e-0b1f6a0b7c22';
  stranger.send(await helloOf(stranger, id, newDeviceKey()));
  await refused(stranger, 'unknown_device', /enrol the device again/, 4401);

  const other = await at.newDevice();
  const borrowed = await connectRaw(at.url);
  borrowed.send(await helloOf(borrowed, device.id, device.key, { deviceId: other.id }));
  await refused(borrowed, 'bad_signature', new RegExp(other.id), 4401);
  expect(at.gateway.isConnected(device.id)).toBe(false);
  await goesOn(at);
});

const malformed: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
  ['no JSON', '{"type":', /^frame 1 is not JSON/],
  ['no object', '[]', /^frame 1 is not of the protocol: frame: /],
  ['an unknown type', '{"type":"shutdown"}', /^frame 1 is not of the protocol: type: /],
  ['another version', '{"type":"hello","protocol":2}', /protocol: .*1/],
  [
    'a batch before the hello',
    '{"type":"batch","records":[{"position":0,"measurement":1}]}',
    /^batch: came before/,
  ],
  ['bytes', new Uint8Array([1, 2, 3]), /^frame 1 is binary/],
];
for (const [what, data, text] of malformed) {
  test(`malformed: ${what}`, async () => {
    const at = await scene();
    const agent = await connectRaw(at.url);
    await agent.expect('challenge');
    agent.socket.send(data);
    await refused(agent, 'malformed_message', text, 1007);
    await goesOn(at);
  });
}

test('malformed within a session: where it is, by frame and field', async () => {
  const at = await scene();
  const device = await at.newDevice();
  const agent = await at.welcome(device);
  agent.send({ type: 'ping', id: 1, sentAt: 0 });
  await agent.expect('pong');
  agent.socket.send(JSON.stringify({ type: 'batch', records: [{ position: -1 }] }));
  await refused(agent, 'malformed_message', /^frame 3 .*records\.0\.position: /, 1007);

  const twice = await at.welcome(device);
  twice.send({
    type: 'hello',
    protocol: 1,
    deviceId: device.id,
    signature: 'AAAA',
    agentVersion: '1',
    nodeVersion: '1',
    purpose: 'run',
  });
  await refused(twice, 'malformed_message', /said before/, 1007);
  await goesOn(at);
});

test('text that is not UTF-8', async () => {
  const at = await scene();
  const agent = await at.welcome(await at.newDevice());
  agent.socket.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false });
  await refused(agent, 'malformed_message', /UTF-8/, 1007);
  await goesOn(at);
});

test('an oversized frame: the limit is told, whether in one piece or in many', async () => {
  const at = await scene();
  const device = await at.newDevice();
  const big = `{"type":"ping","junk":"${'x'.repeat(3 * MAX_FRAME_BYTES)}"}`;
  const whole = await at.welcome(device);
  whole.socket.send(big);
  await refused(whole, 'message_too_big', new RegExp(`${MAX_FRAME_BYTES} bytes`), 1009);

  const pieces = await at.welcome(device);
  for (let from = 0; from < big.length; from += 300_000) {
    pieces.socket.send(big.slice(from, from + 300_000), { fin: from + 300_000 >= big.length });
  }
  await refused(pieces, 'message_too_big', new RegExp(`${MAX_FRAME_BYTES} bytes`), 1009);

  const stranger = await connectRaw(at.url);
  await stranger.expect('challenge');
  stranger.socket.send(big.slice(0, 5_000));
  await refused(stranger, 'message_too_big', /4096 bytes before the welcome/, 1009);

  const justRight = await at.welcome(device);
  const ping = { type: 'ping', id: 9, sentAt: 0 };
  const length = MAX_FRAME_BYTES - JSON.stringify({ ...ping, pad: '' }).length;
  justRight.socket.send(JSON.stringify({ ...ping, pad: 'x'.repeat(length) }));
  expect(await justRight.expect('pong')).toMatchObject({ id: 9 });
  await goesOn(at);
});

test('who says nothing is sent away at the deadline', async () => {
  const at = await scene();
  const agent = await connectRaw(at.url);
  await agent.expect('challenge');
  await at.clock.advance(9_999);
  expect(agent.socket.readyState).toBe(agent.socket.OPEN);
  await at.clock.advance(1);
  expect(await agent.closed).toEqual({ code: 4408, reason: 'no hello within 10 s' });
  await goesOn(at);
});

test('who falls silent is cut off after two missed pings; who pings is not', async () => {
  const at = await scene();
  const silent = await at.welcome(await at.newDevice());
  const alive = await at.welcome(await at.newDevice());
  for (let passed = 0; passed < 75_000; passed += 25_000) {
    alive.send({ type: 'ping', id: passed, sentAt: 0 });
    await alive.expect('pong');
    await at.clock.advance(25_000);
  }
  expect(await silent.closed).toMatchObject({ code: 1006 });
  expect(alive.socket.readyState).toBe(alive.socket.OPEN);
});

test('a registry that is away is said as such, without its path, and may be tried again', async () => {
  let isAway = true;
  const at = await scene({
    registry: (registry) => ({
      configurations: registry.configurations,
      releases: registry.releases,
      device: (id) =>
        isAway
          ? Promise.reject(new AppError('store_unavailable', '/var/lib/secret.db is away'))
          : registry.device(id),
      recordContact: (id, contact) => registry.recordContact(id, contact),
    }),
  });
  const device = await at.newDevice();
  const agent = await connectRaw(at.url);
  agent.send(await helloOf(agent, device.id, device.key));
  const error = await agent.expect('error');
  expect(error.code).toBe('store_unavailable');
  expect(error.message).not.toContain('secret');
  expect(await agent.closed).toMatchObject({ code: 1013 });
  isAway = false;
  await goesOn(at);
});

test('a registry that hangs is given up at the deadline', async () => {
  const at = await scene({
    registry: (registry) => ({
      configurations: registry.configurations,
      releases: registry.releases,
      device: () => new Promise(() => {}),
      recordContact: (id, contact) => registry.recordContact(id, contact),
    }),
  });
  const device = await at.newDevice();
  const agent = await connectRaw(at.url);
  agent.send(await helloOf(agent, device.id, device.key));
  // Past the deadline of the connection itself, which must not take the hello for missing.
  await eventually('both deadlines run', async () => at.clock.sleepers >= 4 || undefined);
  await at.clock.advance(10_000);
  await refused(agent, 'store_unavailable', /try again later/, 1013);
});

test('a bug behind one connection ends that connection alone', async () => {
  const at = await scene({ ingest: { ingest: () => Promise.reject(new TypeError('a bug')) } });
  const [device, other] = [await at.newDevice(), await at.newDevice()];
  const [agent, bystander] = [await at.welcome(device), await at.welcome(other)];
  agent.send({ type: 'batch', records: [{ position: 0, measurement: {} }] });
  await refused(agent, 'internal_error', /try again later/, 1013);
  bystander.send({ type: 'ping', id: 1, sentAt: 0 });
  await bystander.expect('pong');
});

test('many failures from one address make it wait; others and good ones do not', async () => {
  let address = 'a';
  const at = await scene({ addressOf: () => address });
  const device = await at.newDevice();
  const fail = async () => {
    const agent = await connectRaw(at.url);
    agent.send(await helloOf(agent, device.id, newDeviceKey()));
    await agent.closed;
  };
  for (let n = 0; n < 29; n += 1) await fail();
  for (let n = 0; n < 5; n += 1) (await at.welcome(device)).socket.close();
  await fail();
  await expect(connectRaw(at.url)).rejects.toThrow('refused with 429');
  address = 'b';
  await goesOn(at);
  address = 'a';
  await at.clock.advance(60_000);
  await goesOn(at);
});

test('a sender that does not wait for answers is held back, and loses nothing', async () => {
  const gate = Promise.withResolvers<void>();
  let atOnce = 0;
  const sizes: number[] = [];
  const at = await scene({
    ingest: {
      ingest: async (_device, records) => {
        atOnce += 1;
        await gate.promise;
        sizes.push(atOnce);
        atOnce -= 1;
        return records.map(({ position }) => ({ position, fate: 'accepted' as const }));
      },
    },
  });
  const agent = await at.welcome(await at.newDevice());
  const pad = 'x'.repeat(900_000);
  const count = 40;
  for (let n = 0; n < count; n += 1) {
    agent.send({ type: 'batch', records: [{ position: n, measurement: pad }] });
  }
  // 36 MB cannot lie in the kernel's buffers: the rest stays with the sender.
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(agent.socket.bufferedAmount).toBeGreaterThan(10_000_000);
  gate.resolve();
  for (let n = 0; n < count; n += 1) {
    expect((await agent.expect('ack')).results[0]?.position).toBe(n);
  }
  expect(sizes).toEqual(Array(count).fill(1));
});

test('upgrades that are no WebSocket, and sockets that break off, harm nobody', async () => {
  const at = await scene();
  const port = Number(new URL(at.url).port);
  const say = (text: string) =>
    new Promise<string>((resolve) => {
      let heard = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(text));
      socket.on('data', (chunk) => {
        heard += chunk.toString();
      });
      socket.on('close', () => resolve(heard));
      socket.on('error', () => {});
    });
  const head = `GET ${UPLINK_PATH} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n`;
  expect(await say(`${head}Upgrade: websocket\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
  expect(
    await say(`GET /%zz?a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n`),
  ).toMatch(/^HTTP\/1\.1 404 /);
  const agent = await at.welcome(await at.newDevice());
  agent.socket.terminate();
  await goesOn(at);
});

test('no text makes the gateway fall over', async () => {
  const at = await scene({ addressOf: () => String(Math.random()) });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.json(),
        fc
          .record({
            type: fc.constantFrom('hello', 'batch', 'ping', 'slot_request', 'slot_release'),
            records: fc.anything(),
            deviceId: fc.anything(),
            protocol: fc.constant(1),
          })
          .map((frame) => JSON.stringify(frame, (_, v) => (typeof v === 'bigint' ? 0 : v))),
      ),
      async (text) => {
        const agent = await connectRaw(at.url);
        await agent.expect('challenge');
        agent.socket.send(text);
        expect(await agent.expect('error')).toMatchObject({ code: 'malformed_message' });
        expect(await agent.closed).toMatchObject({ code: 1007 });
      },
    ),
    { numRuns: 60 },
  );
  await goesOn(at);
});
