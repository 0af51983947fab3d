// Who is connected, and who wants to hear of changes: the collector's memory, gone at restart.

export interface LiveEvents {
  /** Something of this location changed. */
  changed(locationId: string): void;
  /** Returns the function that ends the subscription. */
  subscribe(listener: (locationId: string) => void): () => void;
}

export interface LiveDevices {
  isConnected(deviceId: string): boolean;
}

export function createLiveEvents(): LiveEvents {
  const listeners = new Set<(locationId: string) => void>();
  return {
    changed: (locationId) => {
      for (const listener of [...listeners]) listener(locationId);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
