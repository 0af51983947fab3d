// Debian's tinyproxy on a free port of loopback: a real HTTP proxy with CONNECT.
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { eventually, freePort } from './process.ts';

export interface Tinyproxy extends AsyncDisposable {
  readonly port: number;
  /** What it logged: one line for each request. */
  log(): Promise<string>;
}

export interface TinyproxyOptions {
  /** `user password`. */
  readonly basicAuth?: string;
  /** The only port that CONNECT may go to; default any. */
  readonly connectPort?: number;
}

export async function startTinyproxy(
  folder: string,
  { basicAuth, connectPort }: TinyproxyOptions = {},
): Promise<Tinyproxy> {
  const port = await freePort();
  const [config, log] = [join(folder, `proxy-${port}.conf`), join(folder, `proxy-${port}.log`)];
  const lines = [
    ...[`Port ${port}`, 'Listen 127.0.0.1', 'Allow 127.0.0.1', 'Timeout 60', 'MaxClients 20'],
    ...[`LogFile "${log}"`, 'LogLevel Connect'],
    ...(basicAuth === undefined ? [] : [`BasicAuth ${basicAuth}`]),
    ...(connectPort === undefined ? [] : [`ConnectPort ${connectPort}`]),
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  const child = spawn('tinyproxy', ['-d', '-c', config], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('close', resolve));
  await eventually('tinyproxy listens', () => {
    const socket = connect(port, '127.0.0.1');
    return new Promise<true | undefined>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(undefined));
    }).finally(() => socket.destroy());
  });
  return {
    port,
    log: () => readFile(log, 'utf8'),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
