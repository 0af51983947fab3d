// A real InfluxDB 1.x server (Debian's package `influxdb`) for tests: its own ports, its own
// directory, gone at the end.
import { type ChildProcess, spawn } from 'node:child_process';
import { access, constants, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { freePort } from './process.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface InfluxServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** `SIGKILL` is a power cut as far as the process knows. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** On the same port, with the same data. */
  start(): Promise<void>;
}

const READY_DEADLINE_MS = 30_000;

export async function startInfluxdb(
  options: { readonly auth?: boolean } = {},
): Promise<InfluxServer> {
  const program = await findInfluxd();
  const folder = await temporaryFolder();
  const [port, rpcPort] = [await freePort(), await freePort()];
  const config = join(folder.path, 'influxdb.conf');
  await writeFile(config, configOf(folder.path, port, rpcPort, options.auth === true));
  const url = `http://127.0.0.1:${port}`;
  let running: ChildProcess | undefined;

  const start = async () => {
    const child = spawn(program, ['-config', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    running = child;
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-5_000);
    });
    await untilReady(url, child, () => said);
  };
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    const child = running;
    running = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const over = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await over;
  };

  const server: InfluxServer = {
    url,
    port,
    start,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop('SIGKILL');
      await folder[Symbol.asyncDispose]();
    },
  };
  try {
    await start();
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

async function findInfluxd(): Promise<string> {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/sbin'];
  for (const folder of folders) {
    const path = join(folder, 'influxd');
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      // Looked for in the next folder.
    }
  }
  throw new Error('influxd was not found; these tests need it: apt-get install influxdb');
}

function configOf(folder: string, port: number, rpcPort: number, auth: boolean): string {
  return `reporting-disabled = true
bind-address = "127.0.0.1:${rpcPort}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
  auth-enabled = ${auth}
[logging]
  level = "warn"
`;
}

async function untilReady(url: string, child: ChildProcess, said: () => string): Promise<void> {
  const until = performance.now() + READY_DEADLINE_MS;
  while (performance.now() < until) {
    if (child.exitCode !== null) {
      throw new Error(`influxd ended with ${child.exitCode}:\n${said()}`);
    }
    try {
      const reply = await fetch(`${url}/ping`, { signal: AbortSignal.timeout(1_000) });
      if (reply.ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`influxd did not answer within ${READY_DEADLINE_MS} ms:\n${said()}`);
}
