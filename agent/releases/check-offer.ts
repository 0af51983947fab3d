// May this device take a release now? Pure.
import type { Bytes, EpochMs } from '#shared/model/units.ts';
import { fileFor, type Manifest, type ReleaseFile } from '#shared/release/manifest.ts';
import { isInShare } from '#shared/release/rollout.ts';
import { isNewer } from '#shared/release/version-order.ts';

export interface DeviceFacts {
  readonly deviceId: string;
  /** What runs. */
  readonly version: string;
  /** As Node says it, `v24.21.0`. */
  readonly nodeVersion: string;
  /** `linux-x64`. */
  readonly platform: string;
  /** By the collector's clock, where its offset is known. */
  readonly now: EpochMs;
  readonly freeBytes: Bytes;
  /** Of the day's and month's budget. */
  readonly leftBytes: Bytes;
}

export type OfferVerdict =
  | { readonly file: ReleaseFile }
  /** For good. */
  | { readonly refused: string }
  /** Until something changes by itself. */
  | { readonly waiting: string };

/** What stays free of a disk, for results. */
export const SPARE_BYTES: Bytes = 8_388_608;

export function checkOffer(manifest: Manifest, device: DeviceFacts): OfferVerdict {
  const { version, minNode, allowDowngrade, rolloutPercent, notBefore, notAfter } = manifest;
  if (version === device.version) return { refused: 'it runs already' };
  if (!allowDowngrade && !isNewer(version, device.version)) {
    return { refused: `it is no newer than ${device.version}, which runs` };
  }
  if (isNewer(minNode, device.nodeVersion)) {
    return { refused: `it needs Node ${minNode} or newer; this device has ${device.nodeVersion}` };
  }
  const file = fileFor(manifest, device.platform);
  if (file === undefined) return { refused: `it has no file for ${device.platform}` };
  if (!isInShare(device.deviceId, version, rolloutPercent)) {
    return { refused: `this device is not among the ${rolloutPercent} % it is for` };
  }
  if (notAfter !== undefined && Date.parse(notAfter) <= device.now) {
    return { refused: `it was for the time before ${notAfter}` };
  }
  if (Date.parse(notBefore) > device.now) return { waiting: `it is for ${notBefore} and later` };
  // It is written beside the one before it, and the old one goes later.
  if (device.freeBytes < 2 * file.sizeBytes + SPARE_BYTES) {
    return { waiting: `the disk has ${device.freeBytes} bytes free` };
  }
  if (device.leftBytes < file.sizeBytes) {
    return { waiting: `the byte budget has ${device.leftBytes} bytes left` };
  }
  return { file };
}
