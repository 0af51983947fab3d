// Makes this checkout runnable: packages as the lock file says, Node 24 from among them.
// Runs on any Node >= 20, so it is plain JavaScript and imports nothing but Node's own modules.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const NEEDED_MAJOR = 24;

/** Says on stderr what is being done; stdout belongs to the command's result. */
export function say(text) {
  process.stderr.write(`meetnet: ${text}\n`);
}

/** Ends the process with a message that says what to do. */
export function giveUp(text, code = 1) {
  say(text);
  process.exit(code);
}

/** Installs the lock file's packages when any is missing or of another version. */
export function ensurePackages() {
  linkRuntime();
  const missing = missingPackages();
  if (missing.length === 0) return;
  say(`installing the packages of package-lock.json (${missing.length} missing or outdated) …`);
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: ROOT,
    // npm's own words must not end up among a command's results.
    stdio: ['ignore', 2, 2],
    env: { ...process.env, npm_config_omit: '', NODE_ENV: '' },
  });
  if (npm.status !== 0) {
    giveUp(
      `'npm ci' failed (${npm.error?.message ?? `exit ${npm.status}`}); see its message above`,
    );
  }
  linkRuntime();
  const still = missingPackages();
  if (still.length > 0)
    giveUp(`after 'npm ci' these packages are still missing: ${still.join(', ')}`);
}

/** npm 10 drops this link when it drops the other platform's runtime, which has the same command. */
function linkRuntime() {
  const link = join(ROOT, 'node_modules', '.bin', 'node');
  const target = join('..', runtimePackage(), 'bin', 'node');
  if (existsSync(link) || !existsSync(join(dirname(link), target))) return;
  try {
    // A link to nowhere is there, though nothing is found at it.
    rmSync(link, { force: true });
    symlinkSync(target, link);
  } catch {
    // Somebody else's folder: node24() finds the runtime without it.
  }
}

/** Names of packages that the lock file asks for on this platform and that are not installed. */
function missingPackages() {
  const wanted = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages;
  const installedFile = join(ROOT, 'node_modules', '.package-lock.json');
  const installed = existsSync(installedFile)
    ? JSON.parse(readFileSync(installedFile, 'utf8')).packages
    : {};
  return Object.entries(wanted)
    .filter(([path, entry]) => path !== '' && isForThisMachine(path, entry))
    .filter(([path, entry]) => installed[path]?.version !== entry.version)
    .map(([path]) => path.replace(/^.*node_modules\//, ''));
}

/** Optional packages carry binaries per platform; only our own runtime among them is asked for. */
function isForThisMachine(path, entry) {
  if (path === `node_modules/${runtimePackage()}`) return true;
  return entry.optional !== true && entry.devOptional !== true;
}

function runtimePackage() {
  return `node-${process.platform}-${process.arch}`;
}

/** Path of a Node 24: the one in the lock file, or the one that runs this. */
export function node24() {
  const packaged = join(ROOT, 'node_modules', runtimePackage(), 'bin', 'node');
  if (existsSync(packaged)) return packaged;
  if (isNode24()) return process.execPath;
  return giveUp(
    `Meetnet needs Node ${NEEDED_MAJOR}; this is ${process.version}, and no ${runtimePackage()} package exists in the lock file. Install Node ${NEEDED_MAJOR} or newer and run again.`,
  );
}

function isNode24() {
  return Number(process.versions.node.split('.')[0]) >= NEEDED_MAJOR;
}

/** Environment in which `node` means Node 24 and packages' commands are found. */
export function environment(extra = {}) {
  const path = [
    dirname(node24()),
    join(ROOT, 'node_modules', '.bin'),
    process.env.PATH ?? '',
    // Root by `su` has them not, and tc, ip and ethtool are there.
    '/usr/sbin:/sbin',
  ];
  return { ...process.env, PATH: path.join(':'), ...extra };
}

/**
 * Runs `main(argv)` of a TypeScript file under Node 24: in this process when it is one, else in a
 * child that gets this one's signals and gives its exit code.
 */
export async function runTypeScript(file, args) {
  ensurePackages();
  const path = join(ROOT, file);
  if (isNode24()) {
    const { main } = await import(pathToFileURL(path).href);
    await main(args);
    return;
  }
  process.exitCode = await runChild(node24(), [path, ...args], environment());
}

/**
 * Resolves with the exit code. Signals that reach this process are passed on; when it is killed
 * outright, the child sees the end of the channel between them and stops by itself.
 */
export function runChild(command, args, env) {
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
  const child = spawn(command, args, { cwd: process.cwd(), stdio, env });
  const pass = (signal) => {
    child.kill(signal);
    if (child.connected) child.disconnect();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, pass);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  });
}
