// Addresses that people and agents are told, from what is listened on. Pure.
import { AppError } from '#shared/runtime/errors.ts';
import type { CollectorSettings } from './settings.ts';

export interface Bound {
  readonly host: string;
  readonly port: number;
}

/** Listening on every address names none that another machine could use. */
const EVERY_ADDRESS = new Set(['0.0.0.0', '::', '[::]']);

/** Origin by which people reach the pages. */
export function publicUrlOf(settings: CollectorSettings, bound: Bound): string {
  if (settings.publicUrl !== undefined) return settings.publicUrl;
  return httpOrigin(EVERY_ADDRESS.has(bound.host) ? '127.0.0.1' : bound.host, bound.port);
}

/** Origin of the measure server that agents are told. */
export function meetpuntUrlOf(settings: CollectorSettings, bound: Bound): string {
  if (settings.meetpuntUrl !== undefined) return settings.meetpuntUrl;
  const scheme = settings.meetpuntTlsCert === undefined ? 'http' : 'https';
  if (!EVERY_ADDRESS.has(bound.host)) return originOf(scheme, bound.host, bound.port);
  const publicHost = settings.publicUrl === undefined ? '' : new URL(settings.publicUrl).hostname;
  return originOf(scheme, publicHost, bound.port);
}

/**
 * Where the collector itself finds the measure server beside it, which agents reach by `url`: where
 * it listens, over TLS only when it is the one that speaks it.
 */
export function reachedFromHere(
  { meetpuntTlsCert }: Pick<CollectorSettings, 'meetpuntTlsCert'>,
  url: string,
  { host, port }: Bound,
): { readonly host: string; readonly port: number; readonly security: 'clear' | 'tls' } {
  const isTls = meetpuntTlsCert !== undefined && url.startsWith('https:');
  const bare = host.replace(/^\[|\]$/g, '');
  const loopback = bare === '::' ? '::1' : '127.0.0.1';
  return {
    host: EVERY_ADDRESS.has(host) ? loopback : bare,
    port,
    security: isTls ? 'tls' : 'clear',
  };
}

/**
 * What the single settings cannot show: a measure server on every address whose own address
 * nobody could know. Throws `bad_settings`.
 */
export function checkAddresses(settings: CollectorSettings): void {
  const isUnknown =
    settings.meetpuntSlots > 0 &&
    EVERY_ADDRESS.has(settings.meetpuntHost) &&
    settings.meetpuntUrl === undefined &&
    settings.publicUrl === undefined;
  if (isUnknown) {
    throw new AppError(
      'bad_settings',
      `MEETNET_MEETPUNT_HOST is ${settings.meetpuntHost}, every address of this machine, so agents cannot be told which one to measure against; set MEETNET_MEETPUNT_URL, such as http://meet.example:8081`,
    );
  }
}

export function httpOrigin(host: string, port: number): string {
  return originOf('http', host, port);
}

export function originOf(scheme: 'http' | 'https', host: string, port: number): string {
  const bracketed = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return new URL(`${scheme}://${bracketed}:${port}`).origin;
}
