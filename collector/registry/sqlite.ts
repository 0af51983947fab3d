// The registry in one SQLite file, through kysely on node:sqlite. Other processes (the commands)
// open the same file while the collector serves. Owns the connection, transactions and errors;
// the queries are in the files by subject.
import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { Kysely, sql, type Transaction } from 'kysely';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { copySqliteFile, openSqliteFile } from '../sqlite/open.ts';
import { withStoreErrors } from '../sqlite/store-error.ts';
import {
  findAnswer,
  findConfiguration,
  insertConfiguration,
  writeAnswer,
} from './agent-configurations.ts';
import { releaseStoreOn } from './agent-releases.ts';
import { alertStoreOn } from './alerts.ts';
import { dossierStoreOn, outboxOn } from './case-stores.ts';
import { changeAll } from './change-locations.ts';
import { findGeocodes, writeCoordinates, writeGeocodes } from './coordinates.ts';
import { findDevice, findDevices, updateContact } from './devices.ts';
import { insertCode, useCode } from './enrolment-codes.ts';
import { findFact, writeFact } from './facts.ts';
import { endLine, findLines, insertLine, updateLine } from './lines.ts';
import {
  findBoards,
  findLocation,
  findLocations,
  findPredecessors,
  importAll,
} from './locations.ts';
import { migrate } from './migrations/migrate.ts';
import { NodeSqliteDialect } from './node-sqlite-dialect.ts';
import { findNorm, insertNorm } from './norms.ts';
import { endOverrule, findOverrules, insertOverrule } from './overrules.ts';
import {
  deleteSession,
  deleteSessionsOf,
  findCredentials,
  findPeople,
  findPerson,
  findSessionPerson,
  insertPerson,
  insertSession,
} from './people.ts';
import type { Registry } from './registry.ts';
import { deleteScenario, findScenario, findScenarios, insertScenario } from './scenarios.ts';
import { findChangedFaults, findServerFaults, reviseServerFaults } from './server-faults.ts';
import type { Tables } from './tables.ts';
import {
  findLineVerdicts,
  findVerdict,
  findVerdictHistory,
  findVerdicts,
  keepLineVerdicts,
  keepVerdict,
} from './verdicts.ts';

export interface SqliteRegistryOptions {
  readonly path: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}

/** Throws `data_directory` when the file cannot be used or is of a newer Meetnet. */
export async function openSqliteRegistry(options: SqliteRegistryOptions): Promise<Registry> {
  const database = openSqliteFile(options.path);
  const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(database) });
  try {
    await migrate(db);
  } catch (cause) {
    database.close();
    throw new AppError(
      'data_directory',
      `the tables of ${options.path} cannot be brought to this version (${messageOf(cause)}); if a newer Meetnet made them, run that one, or put a backup in its place`,
      { cause },
    );
  }
  options.log.debug('registry opened', { path: options.path });
  return registryOn(db, database, options);
}

function registryOn(
  db: Kysely<Tables>,
  database: DatabaseSync,
  { path, clock }: SqliteRegistryOptions,
): Registry {
  const guard = <T>(doing: string, work: () => Promise<T>) => withStoreErrors(path, doing, work);
  const read = <T>(doing: string, work: (db: Kysely<Tables>) => Promise<T>) =>
    guard(`reading ${doing}`, () => work(db));
  const write = <T>(doing: string, work: (tx: Transaction<Tables>) => Promise<T>) =>
    guard(`writing ${doing}`, () => db.transaction().execute(work));

  return {
    importLocations: (boards, locations, preview = false) =>
      write('locations', (tx) => importAll(tx, boards, locations, clock.now(), preview)),
    changeLocations: (decide) => write('locations', (tx) => changeAll(tx, decide, clock.now())),
    setCoordinates: (places) => write('coordinates', (tx) => writeCoordinates(tx, places)),
    geocodes: (addresses) => read('geocodes', (on) => findGeocodes(on, addresses)),
    saveGeocodes: (geocodes) => write('geocodes', (tx) => writeGeocodes(tx, geocodes)),
    boards: (scope) => read('boards', (on) => findBoards(on, scope)),
    locations: (scope, which = 'open') =>
      read('locations', (on) => findLocations(on, scope, which)),
    location: (id) => read('a location', (on) => findLocation(on, id)),

    lines: (locationId) => read('lines', (on) => findLines(on, locationId)),
    addLine: (locationId, facts) =>
      write('a line', (tx) => insertLine(tx, locationId, facts, clock.now())),
    changeLine: (id, change) => write('a line', (tx) => updateLine(tx, id, change)),
    endLine: (id, endedAt) => write('a line', (tx) => endLine(tx, id, endedAt)),
    predecessors: (locationId) =>
      read('predecessors of a location', (on) => findPredecessors(on, locationId)),

    addEnrolmentCode: (code, locationId, expiresAt, lineId) =>
      write('an enrolment code', (tx) =>
        insertCode(tx, code, { locationId, lineId }, clock.now(), expiresAt),
      ),
    enrol: (code, device, now) => write('a device', (tx) => useCode(tx, code, device, now)),
    device: (id) => read('a device', (on) => findDevice(on, id)),
    devices: (locationId) => read('devices', (on) => findDevices(on, locationId)),
    recordContact: (deviceId, contact) =>
      guard('writing a contact', () =>
        withoutSync(db, (on) => updateContact(on, deviceId, contact)),
      ),

    saveVerdict: (locationId, verdict, lineVerdicts = new Map()) =>
      write('a verdict', async (tx) => {
        await keepVerdict(tx, locationId, verdict);
        await keepLineVerdicts(tx, lineVerdicts);
      }),
    verdict: (locationId) => read('a verdict', (on) => findVerdict(on, locationId)),
    verdicts: () => read('verdicts', findVerdicts),
    lineVerdicts: (locationId) =>
      read('verdicts on lines', (on) => findLineVerdicts(on, locationId)),
    verdictHistory: (locationId) =>
      read('the history of a verdict', (on) => findVerdictHistory(on, locationId)),

    keepNorm: (norm) => write('a norm', (tx) => insertNorm(tx, norm, clock.now())),
    norm: (version) => read('a norm', (on) => findNorm(on, version)),

    addOverrule: (overrule) => write('an overrule', (tx) => insertOverrule(tx, overrule)),
    withdrawOverrule: (locationId, id, withdrawn) =>
      write('an overrule', (tx) => endOverrule(tx, locationId, id, withdrawn)),
    overrules: (locationId) => read('overrules', (on) => findOverrules(on, locationId)),

    addPerson: (person, passwordHash) =>
      write('a person', (tx) => insertPerson(tx, person, passwordHash, clock.now())),
    people: () => read('people', findPeople),
    person: (id) => read('a person', (on) => findPerson(on, id)),
    credentials: (email) => read('credentials', (on) => findCredentials(on, email)),

    addSession: (secretHash, personId, expiresAt) =>
      write('a session', (tx) => insertSession(tx, secretHash, personId, clock.now(), expiresAt)),
    sessionPerson: (secretHash, now) =>
      read('a session', (on) => findSessionPerson(on, secretHash, now)),
    removeSession: (secretHash) => write('a session', (tx) => deleteSession(tx, secretHash)),
    removeSessionsOf: (personId) => write('sessions', (tx) => deleteSessionsOf(tx, personId)),

    dossiers: dossierStoreOn({ read, write, now: () => clock.now() }),
    outbox: outboxOn({ read, write, now: () => clock.now() }),
    alerts: alertStoreOn({ read, write, now: () => clock.now() }),
    serverFaults: {
      find: (query) => read('server faults', (on) => findServerFaults(on, query)),
      changedSince: (since) => read('server faults', (on) => findChangedFaults(on, since)),
      revise: (add, withdraw) =>
        write('server faults', (tx) =>
          reviseServerFaults(tx, add, withdraw, clock.now(), randomUUID),
        ),
    },
    configurations: {
      add: (configuration) =>
        write('a configuration', (tx) => insertConfiguration(tx, configuration, clock.now())),
      forDevice: (deviceId) => read('a configuration', (on) => findConfiguration(on, deviceId)),
      answered: async (deviceId, version, answer) => {
        const known = await read('an answer', (on) => findAnswer(on, deviceId, version));
        const isSame = known?.outcome === answer.outcome && known.reason === answer.reason;
        if (isSame) return;
        await write('an answer', (tx) => writeAnswer(tx, deviceId, version, answer, clock.now()));
      },
    },
    releases: releaseStoreOn({ read, write, now: () => clock.now() }),
    scenarios: {
      add: (scenario) => write('a scenario', (tx) => insertScenario(tx, scenario)),
      all: () => read('scenarios', findScenarios),
      find: (id) => read('a scenario', (on) => findScenario(on, id)),
      remove: (id) => write('a scenario', (tx) => deleteScenario(tx, id)),
    },

    fact: (name) => read('a fact', (on) => findFact(on, name)),
    setFact: (name, value) => write('a fact', (tx) => writeFact(tx, name, value, clock.now())),

    ready: () =>
      read('a sign of life', async (on) => {
        await on.selectFrom('fact').select('name').limit(1).execute();
      }),
    backup: (target) => guard('copying', () => copySqliteFile(database, target)),
    [Symbol.asyncDispose]: () => db.destroy(),
  };
}

/**
 * A contact may be forgotten in a power cut: the next one comes within a minute. 9,000 devices
 * make 150 a second, which a disk cannot sync one by one. kysely holds the connection for `work`
 * alone meanwhile, so no other write goes unsynced.
 */
function withoutSync(
  db: Kysely<Tables>,
  work: (db: Kysely<Tables>) => Promise<void>,
): Promise<void> {
  return db.connection().execute(async (connection) => {
    await sql`PRAGMA synchronous = NORMAL`.execute(connection);
    try {
      await work(connection);
    } finally {
      await sql`PRAGMA synchronous = FULL`.execute(connection);
    }
  });
}
