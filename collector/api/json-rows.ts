// A long list as JSON, a piece at a time: made at once, 9,000 locations take a second in which no
// agent gets its acknowledgement. Between pieces the socket takes its turn.
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/** Of locations with verdicts, about 250 kB and 10 ms. */
const ROWS_PER_PIECE = 100;

/**
 * `{"KEY":[…],…rest}`. A stream is not serialised by the route's schema: the tests hold it to that.
 */
export function sendJsonRows(
  reply: FastifyReply,
  list: Readonly<Record<string, Iterable<unknown>>>,
  rest: Readonly<Record<string, unknown>>,
): never {
  reply.type('application/json; charset=utf-8');
  return reply.send(Readable.from(pieces(list, rest))) as never;
}

function* pieces(
  list: Readonly<Record<string, Iterable<unknown>>>,
  rest: Readonly<Record<string, unknown>>,
): Generator<string> {
  yield '{';
  for (const [key, rows] of Object.entries(list)) {
    yield `${JSON.stringify(key)}:[`;
    let piece: string[] = [];
    let lead = '';
    for (const row of rows) {
      piece.push(JSON.stringify(row));
      if (piece.length < ROWS_PER_PIECE) continue;
      yield lead + piece.join(',');
      piece = [];
      lead = ',';
    }
    if (piece.length > 0) yield lead + piece.join(',');
    yield '],';
  }
  yield `${JSON.stringify(rest).slice(1)}`;
}
