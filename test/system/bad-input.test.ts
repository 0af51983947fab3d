// What a broken or hostile peer sends gets a clear error and a closed door, and a real collector
// goes on serving.
import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import {
  CLOSE,
  enrolmentPayload,
  helloPayload,
  MAX_FRAME_BYTES,
  UPLINK_PATH,
} from '#shared/wire/uplink.ts';
import { command } from '#test/support/agent.ts';
import {
  type CollectorProcess,
  ONE_LOCATION_CSV,
  post,
  startCollector,
} from '#test/support/collector.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';

interface Door {
  readonly frames: readonly { type: string; code?: string; message?: string }[];
  readonly code: number;
  readonly reason: string;
}

let folder: TemporaryFolder;
let collector: CollectorProcess;
let deviceId: string;
let deviceKey: KeyObject;
let usedCode: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  const data = join(folder.path, 'collector');
  collector = await startCollector({ data });
  const file = join(folder.path, 'locations.csv');
  await writeFile(file, ONE_LOCATION_CSV);
  await command('collector/main.ts', ['import', file], { MEETNET_DATA: data });
  usedCode = (
    await command('collector/main.ts', ['enrol-code', '16SW03'], { MEETNET_DATA: data })
  ).trim();
  const keys = generateKeyPairSync('ed25519');
  deviceKey = keys.privateKey;
  const reply = await enrol(usedCode, keys);
  expect(reply.status).toBeLessThan(300);
  deviceId = ((await reply.json()) as { deviceId: string }).deviceId;
});

afterEach(async () => {
  expect((await fetch(`${collector.url}/healthz`)).status).toBe(200);
  expect(await knock((nonce) => [hello(nonce, deviceKey)], 'welcome')).toMatchObject({
    frames: [{ type: 'challenge' }, { type: 'welcome' }],
  });
});

afterAll(async () => {
  await collector[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

test('text that is no JSON', async () => {
  const door = await knock(() => ['{"type": "hello"']);
  expect(door.frames.at(-1)).toMatchObject({ type: 'error', code: 'malformed_message' });
  expect(door.code).toBe(CLOSE.malformed);
});

test('a frame of no known type, after a good hello', async () => {
  const door = await knock((nonce) => [hello(nonce, deviceKey), '{"type":"format_disk"}']);
  expect(door.frames.at(-1)).toMatchObject({ type: 'error', code: 'malformed_message' });
  expect(door.frames.at(-1)?.message).toMatch(/type/);
  expect(door.code).toBe(CLOSE.malformed);
});

test("another device's key", async () => {
  const door = await knock((nonce) => [hello(nonce, generateKeyPairSync('ed25519').privateKey)]);
  expect(door.frames.at(-1)).toMatchObject({ type: 'error', code: 'bad_signature' });
  expect(door.code).toBe(CLOSE.unauthorised);
});

test('a device that nobody enrolled', async () => {
  const door = await knock((nonce) => [hello(nonce, deviceKey, randomUUID())]);
  expect(door.frames.at(-1)).toMatchObject({ type: 'error', code: 'unknown_device' });
  expect(door.code).toBe(CLOSE.unauthorised);
});

test('results before a hello', async () => {
  const door = await knock(() => ['{"type":"batch","records":[{"position":0,"measurement":{}}]}']);
  expect(door.frames.at(-1)?.type).toBe('error');
  expect(door.frames.map(({ type }) => type)).not.toContain('ack');
});

test.each([MAX_FRAME_BYTES + 1, 20 * MAX_FRAME_BYTES])('a frame of %i bytes', async (bytes) => {
  const door = await knock((nonce) => [hello(nonce, deviceKey), 'x'.repeat(bytes)]);
  expect(door.frames.at(-1)).toMatchObject({ type: 'error', code: 'message_too_big' });
  expect(door.code).toBe(CLOSE.tooBig);
  expect(door.reason).not.toBe('');
});

test('an enrolment code for the second time', async () => {
  const reply = await enrol(usedCode, generateKeyPairSync('ed25519'));
  expect(reply.status).toBe(409);
  expect(await reply.json()).toMatchObject({ error: { code: 'enrolment_code_used' } });
});

test('an enrolment code that never was', async () => {
  const reply = await enrol('ZZZZ-ZZZZ-ZZZZ', generateKeyPairSync('ed25519'));
  expect(reply.status).toBe(404);
  expect(await reply.json()).toMatchObject({ error: { code: 'enrolment_code_unknown' } });
});

function enrol(
  code: string,
  keys: { publicKey: KeyObject; privateKey: KeyObject },
): Promise<Response> {
  const publicKey = keys.publicKey.export({ type: 'spki', format: 'der' }).toString('base64url');
  return post(collector, '/api/v1/enrolments', {
    code,
    publicKey,
    signature: sign(null, Buffer.from(enrolmentPayload(code, publicKey)), keys.privateKey).toString(
      'base64url',
    ),
    name: 'proef',
    position: 'off_path',
    agentVersion: '0.1.0',
  });
}

function hello(nonce: string, key: KeyObject, id = deviceId): string {
  return JSON.stringify({
    type: 'hello',
    protocol: 1,
    deviceId: id,
    signature: sign(null, Buffer.from(helloPayload(nonce, id)), key).toString('base64url'),
    agentVersion: '0.1.0',
    nodeVersion: process.version,
    purpose: 'once',
  });
}

/**
 * Opens an uplink, answers the challenge with `answers`, one after each frame that comes, and
 * tells how the door was closed. With `until` we close it ourselves after a frame of that type.
 */
function knock(answers: (nonce: string) => readonly string[], until?: string): Promise<Door> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${collector.url.replace('http', 'ws')}${UPLINK_PATH}`);
    const frames: Door['frames'][number][] = [];
    let waiting: string[] | undefined;
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data));
      frames.push(frame);
      if (frame.type === until) socket.close(1000);
      waiting ??= [...answers(frame.nonce)];
      const next = waiting.shift();
      if (next !== undefined) socket.send(next);
    });
    socket.on('close', (code, reason) => resolve({ frames, code, reason: String(reason) }));
    // A peer that closes while a large frame is still under way resets the connection; what it
    // said before that is what counts.
    socket.on('error', (error) => {
      if (frames.length === 0) reject(error);
    });
  });
}
