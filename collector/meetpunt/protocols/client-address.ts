// A guest's address: as it is shown to the guest, and as limits are kept by it.

/** `::ffff:192.0.2.1` is the IPv4 address that it stands for. */
export function shownAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '');
}

/**
 * One household or school has one IPv4 address or one /64 (RFC 6177 §2), whose hosts may choose any
 * address in it; limits are per such a network.
 */
export function networkOf(address: string | undefined): string {
  const shown = shownAddress(address).replace(/%.*$/, '');
  if (!shown.includes(':')) return shown;
  const [head = '', tail = ''] = shown.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = shown.includes('::') ? Math.max(0, 8 - left.length - right.length) : 0;
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

/** `192.0.2.1:5678` or `[2001:db8::1]:5678`. */
export function endpoint(address: string | undefined, port: number | undefined): string {
  const shown = shownAddress(address);
  return shown.includes(':') ? `[${shown}]:${port ?? 0}` : `${shown}:${port ?? 0}`;
}
