// A real collector process for system tests, and an operator who is signed in to it.
import { type LocationView, locationListSchema } from '#shared/wire/api.ts';
import { eventually, freePort, type Running, start } from './process.ts';

export interface CollectorProcess extends Running {
  readonly url: string;
}

export interface CollectorOptions {
  readonly data: string;
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
}

const PERSON = {
  email: 'beheer@example.nl',
  name: 'Beheer',
  password: 'een lang genoeg wachtwoord',
};

/** Resolves when the collector is ready for requests. */
export async function startCollector(options: CollectorOptions): Promise<CollectorProcess> {
  const port = options.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const running = start('collector/main.ts', ['serve'], {
    MEETNET_DATA: options.data,
    MEETNET_PORT: String(port),
    MEETNET_MEETPUNT_PORT: '0',
    ...options.env,
  });
  await running.seen(/Meetnet: (http:\S+)/);
  await eventually('the collector is ready', async () =>
    (await fetch(`${url}/readyz`)).ok ? true : undefined,
  );
  return { ...running, url };
}

/** Makes the first account by the printed link, or signs in to it; resolves with its cookie. */
export async function signIn(collector: CollectorProcess): Promise<string> {
  const token = collector.stdout().match(/\/setup\?token=([\w-]+)/)?.[1];
  const reply =
    token === undefined
      ? await post(collector, '/api/v1/session', PERSON)
      : await post(collector, '/api/v1/setup', { ...PERSON, token });
  if (!reply.ok) throw new Error(`signing in: ${reply.status} ${await reply.text()}`);
  return (reply.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

export function post(collector: CollectorProcess, path: string, body: unknown): Promise<Response> {
  return fetch(`${collector.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

export async function locations(
  collector: CollectorProcess,
  cookie: string,
): Promise<LocationView[]> {
  const reply = await fetch(`${collector.url}/api/v1/locations`, { headers: { cookie } });
  if (!reply.ok) throw new Error(`locations: ${reply.status} ${await reply.text()}`);
  return locationListSchema.parse(await reply.json()).locations;
}

/** A DUO file (current layout) with one location, as the import command takes it. */
export const ONE_LOCATION_CSV = [
  'PROVINCIE;BEVOEGD GEZAG NUMMER;INSTELLINGSCODE;VESTIGINGSCODE;VESTIGINGSNAAM;STRAATNAAM;HUISNUMMER-TOEVOEGING;POSTCODE;PLAATSNAAM;GEMEENTENUMMER;GEMEENTENAAM',
  'Noord-Brabant;41234;16SW;16SW03;De Peelschool;Dorpsstraat;12;5831 CR;Boxmeer;1982;Land van Cuijk',
  '',
].join('\r\n');
