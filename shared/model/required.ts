// What a reading must reach. Apart from norm.ts, so that the pages can draw the line without the
// schemas' library.

/** In Mbit/s at the norm's layer. */
export function requiredMbps(
  norm: { readonly download: number; readonly upload: number; readonly tolerance: number },
  direction: 'download' | 'upload',
): number {
  return norm[direction] * (1 - norm.tolerance);
}
