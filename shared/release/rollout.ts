// Which devices are in a share of a release: the same ones each time they are asked, others for
// another release, and none leaves when the share grows. Pure.

/** FNV-1a, and MurmurHash3's last mixing so that close ids fall far apart. */
function spread(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Where the device stands in the release's line, in [0, 100). */
export function placeInRollout(deviceId: string, version: string): number {
  return (spread(`${version}\n${deviceId}`) / 2 ** 32) * 100;
}

export function isInShare(deviceId: string, version: string, percent: number): boolean {
  return placeInRollout(deviceId, version) < percent;
}
