// What the agent uses of newer Nodes and Node 20 does not have yet. First import of the process's
// main file; does nothing on Node 24. Not a place for anything else than the language's own.

Promise.withResolvers ??= <T>() => {
  let resolve!: (value: T | PromiseLike<T>) => void;
  let reject!: (reason?: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
};

URL.parse ??= (text, base) =>
  URL.canParse(`${text}`, base && `${base}`) ? new URL(text, base) : null;
