// Which device says hello, proved by its key over this connection's nonce.
import { AppError } from '#shared/runtime/errors.ts';
import { type AgentFrame, helloPayload } from '#shared/wire/uplink.ts';
import type { Device, Registry } from '../registry/registry.ts';
import { isSignedBy, parseDeviceKey } from './device-key.ts';

export type Hello = Extract<AgentFrame, { type: 'hello' }>;

/** Throws `unknown_device` and `bad_signature`, or what the registry throws. */
export async function identify(
  registry: Pick<Registry, 'device'>,
  nonce: string,
  hello: Hello,
): Promise<Device> {
  const device = await registry.device(hello.deviceId);
  if (device === undefined) {
    throw new AppError(
      'unknown_device',
      `device ${hello.deviceId} is not known to this collector; check the collector's address, or enrol the device again`,
    );
  }
  const key = parseDeviceKey(device.publicKey);
  const payload = helloPayload(nonce, hello.deviceId);
  if (key === undefined || !isSignedBy(key, payload, hello.signature)) {
    throw new AppError(
      'bad_signature',
      `the hello is not signed with the key of device ${hello.deviceId} over this connection's nonce`,
    );
  }
  return device;
}
