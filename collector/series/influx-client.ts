// The `influx` client with what a store asks of it: a deadline on every call, one vocabulary of
// errors, and no host that is silently left out for seconds after one failure.
import { InfluxDB, type IPoint, type IPoolOptions } from 'influx';
import type { Clock } from '#shared/runtime/clock.ts';
import { withDeadline } from '#shared/runtime/clock.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import { pointSchema } from './influx-point.ts';

export interface InfluxOptions {
  /** Origin of the 1.x API, e.g. `http://127.0.0.1:8086`. */
  readonly url: string;
  readonly database: string;
  readonly username?: string;
  readonly password?: string;
}

/** What a query gives: columns by name, `time` in nanoseconds as text. */
export type InfluxRow = Readonly<Record<string, unknown>> & { readonly time: string };

/** A batch of 200 takes milliseconds; what takes longer than this is a stuck server. */
const CALL_DEADLINE_MS = 10_000;

/** InfluxDB repeats the whole point in its complaint. */
const MAX_REASON_LENGTH = 300;

/** The client leaves out a host for as long as this says; with one host that is nobody's gain. */
const NEVER_LEFT_OUT: NonNullable<IPoolOptions['backoff']> = {
  getDelay: () => 0,
  next: () => NEVER_LEFT_OUT,
  reset: () => NEVER_LEFT_OUT,
};

export class InfluxClient {
  readonly #influx: InfluxDB;
  readonly #options: InfluxOptions;
  readonly #clock: Clock;

  constructor(options: InfluxOptions, clock: Clock) {
    const url = new URL(options.url);
    this.#options = options;
    this.#clock = clock;
    this.#influx = new InfluxDB({
      protocol: url.protocol === 'https:' ? 'https' : 'http',
      host: url.hostname,
      port: Number(url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : url.port),
      path: url.pathname === '/' ? '' : url.pathname,
      database: options.database,
      ...(options.username === undefined ? {} : { username: options.username }),
      ...(options.password === undefined ? {} : { password: options.password }),
      schema: [pointSchema(options.database)],
      // Once more, for a kept-alive connection that the server closed meanwhile.
      pool: { requestTimeout: CALL_DEADLINE_MS, maxRetries: 1, backoff: NEVER_LEFT_OUT },
    });
  }

  async ping(): Promise<void> {
    const [answer] = await this.#call('asking for a sign of life', () =>
      this.#influx.ping(CALL_DEADLINE_MS),
    );
    if (answer?.online !== true) throw this.#unavailable('asking for a sign of life', 'no answer');
  }

  /** Asks first: a user without administrator's rights may use a database, not create it. */
  async ensureDatabase(): Promise<void> {
    const { database } = this.#options;
    await this.#call('looking for the database', async () => {
      const names = await this.#influx.getDatabaseNames();
      if (!names.includes(database)) await this.#influx.createDatabase(database);
    });
  }

  /** Durable when it resolves: InfluxDB syncs its log before it answers (wal-fsync-delay 0). */
  async write(points: readonly IPoint[]): Promise<void> {
    await this.#call('writing', () => this.#influx.writePoints([...points], { precision: 'n' }));
  }

  /** `text` holds no values but numbers; strings go in as `$name`. */
  query(text: string, values: Readonly<Record<string, string>> = {}): Promise<InfluxRow[]> {
    return this.#call('reading', async (signal) => {
      const rows = await this.#influx.query<Record<string, unknown>>(text, {
        placeholders: { ...values },
        signal,
      });
      return [...rows].map((row) => ({ ...row, time: nanosecondsIn(row.time) }));
    });
  }

  async #call<T>(doing: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await withDeadline(
        this.#clock,
        CALL_DEADLINE_MS,
        () => new Error(`no answer within ${CALL_DEADLINE_MS / 1000} s`),
        work,
      );
    } catch (cause) {
      throw this.#unavailable(doing, messageOf(cause));
    }
  }

  /** Without the client's error as its cause: that drags request and response along. */
  #unavailable(doing: string, why: string): AppError {
    const { url, database } = this.#options;
    const hint = /\b(401|403)\b/.test(why)
      ? 'check the user name, the password and the rights on the database'
      : 'check that it runs and can be reached';
    return new AppError(
      'store_unavailable',
      `InfluxDB at ${url}, database "${database}": ${doing} failed (${why.trim().slice(0, MAX_REASON_LENGTH)}); ${hint}`,
    );
  }
}

/** The client gives dates that remember their nanoseconds. */
function nanosecondsIn(time: unknown): string {
  if (typeof time === 'object' && time !== null && 'getNanoTime' in time) {
    return String((time as { getNanoTime(): string }).getNanoTime());
  }
  throw new TypeError('a row without a time');
}
