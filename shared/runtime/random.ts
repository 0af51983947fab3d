// The only door to chance, handed in everywhere else.

export interface Random {
  /** Uniform in [0, 1). Not for secrets. */
  next(): number;
  /** `count` bytes fit for keys and tokens. */
  bytes(count: number): Uint8Array;
}

export const systemRandom: Random = {
  next: () => Math.random(),
  bytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
};
