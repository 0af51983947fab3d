// One cell of the matrix, and what a tool said about it: only types.

export interface Cell {
  /** Downwards, Mbit/s at the IP layer. */
  readonly rateMbps: number;
  /** Upwards over downwards. */
  readonly upShare: number;
  readonly rttMs: number;
  /** Chance that a packet is lost, each way. */
  readonly loss: number;
}

export const WAYS = ['down', 'up'] as const;
export type Way = (typeof WAYS)[number];

export interface Said {
  /** The tool's own figure, Mbit/s; absent where it gave none. */
  readonly mbps?: number;
  /** It asked no more of the line than this, and says so. */
  readonly atLeast?: boolean;
  /** What it said about the norm, where it says such things. */
  readonly outcome?: string;
  readonly flags?: readonly string[];
  /** What of its load the figure is of, ms from the load's first byte, where the tool tells. */
  readonly window?: readonly [number, number];
}

/** A tool's run in a cell. Rejects when the tool could not be run. */
export type Run = () => Promise<Readonly<Record<Way, Said>>>;

export interface Row extends Cell, Said {
  readonly tool: string;
  readonly run: number;
  readonly way: Way;
  /** What the sender's shaper let through in the plateau of the load, Mbit/s at the IP layer. */
  readonly shapedMbps: number;
  /** The same over the whole load, slow start and all. */
  readonly wholeMbps: number;
  /** The same in the window that the tool says its figure is of. */
  readonly windowMbps?: number;
  /** All that the shaper let through in this direction, from the tool's start to its end. */
  readonly megabytes: number;
  /** Of the whole run, both directions. */
  readonly seconds: number;
  /** Both ends' processes, user and system, whole run. */
  readonly cpuSeconds: number;
  readonly error?: string;
}
