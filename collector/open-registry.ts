// The registry for one command, loaded when that command runs. The caller closes it.
import type { Registry } from './registry/registry.ts';
import type { StoreOptions } from './stores.ts';

/** `stores` reads the settings. Rejects as the store does that cannot be opened. */
export async function openRegistryOf(stores: () => Promise<StoreOptions>): Promise<Registry> {
  const { openRegistry } = await import('./stores.ts');
  return openRegistry(await stores());
}
