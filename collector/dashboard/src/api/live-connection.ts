// The stream of changed locations, kept open for as long as somebody looks: reconnects without
// end with full jitter, closes while the page is hidden (a browser opens six connections to one
// host, and each page would hold one for ever). Owns the EventSource; what a change means for the
// data is live-updates.ts's affair.
import type { LocationEvent } from './contract.ts';

export type LiveState = 'connecting' | 'live' | 'reconnecting';

/** The part of EventSource that is used; tests hand in their own. */
export interface EventStream {
  addEventListener(type: string, listener: (event: { data?: unknown }) => void): void;
  close(): void;
}

export interface LiveDeps {
  readonly open: () => EventStream;
  readonly onChange: (locationId: string) => void;
  /** Connected: what changed before this was not told. */
  readonly onOpen: () => void;
  /** The collector refused or went away; its session may have ended. */
  readonly onLost: () => void;
  readonly later: (ms: number, run: () => void) => () => void;
  /** In [0, 1). */
  readonly chance: () => number;
}

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;

export class LiveConnection {
  readonly #deps: LiveDeps;
  readonly #listeners = new Set<() => void>();
  #state: LiveState = 'connecting';
  #stream: EventStream | undefined;
  #cancelRetry: (() => void) | undefined;
  #failures = 0;

  constructor(deps: LiveDeps) {
    this.#deps = deps;
  }

  get state(): LiveState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Does nothing when open. */
  start(): void {
    if (this.#stream !== undefined) return;
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    const stream = this.#deps.open();
    this.#stream = stream;
    stream.addEventListener('open', () => {
      if (this.#stream === stream) this.#opened();
    });
    stream.addEventListener('location', ({ data }) => {
      const id = locationIdOf(data);
      if (this.#stream === stream && id !== undefined) this.#deps.onChange(id);
    });
    // Also EventSource's own retries pass here: they have no jitter, so ours take their place.
    stream.addEventListener('error', () => {
      if (this.#stream === stream) this.#lost();
    });
  }

  /** Until `start`; what changes meanwhile counts as missed. */
  stop(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    this.#stream?.close();
    this.#stream = undefined;
  }

  #opened(): void {
    this.#failures = 0;
    this.#become('live');
    this.#deps.onOpen();
  }

  #lost(): void {
    this.#stream?.close();
    this.#stream = undefined;
    const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#become('reconnecting');
    this.#deps.onLost();
    this.#cancelRetry = this.#deps.later(this.#deps.chance() * longest, () => this.start());
  }

  #become(state: LiveState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }
}

function locationIdOf(data: unknown): string | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const { locationId } = JSON.parse(data) as Partial<LocationEvent>;
    return typeof locationId === 'string' ? locationId : undefined;
  } catch {
    return undefined;
  }
}
