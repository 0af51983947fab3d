// One look at the line → its state. Pure. What each state means is told in shared/model.
import type { LineLook, LineState } from '#shared/model/availability.ts';

/** One target that is silent may itself be down. */
const INDEPENDENT = 2;

/** Doubt is never held against the line: without enough targets it is `unreachable`. */
export function classify(evidence: LineLook): LineState {
  const { targets, dns } = evidence;
  const collector = targets.find(({ kind }) => kind === 'collector');
  if (collector?.answers) return 'up';
  if (targets.some(({ answers }) => answers)) return 'collector_down';
  const hosts = new Set(targets.map(({ name }) => hostOf(name))).size;
  if (dns === 'answers') return hosts === 1 ? 'collector_down' : 'unreachable';
  if (isLocalFault(evidence)) return 'local_down';
  if (evidence.isProxied) return 'unreachable';
  // It may come from that host, or from a box at the location in its name.
  if (targets.some(({ code }) => code === 'ECONNREFUSED')) return 'unreachable';
  const independent = hosts + (dns === 'silent' ? 1 : 0);
  return independent >= INDEPENDENT ? 'line_down' : 'unreachable';
}

/** Where the gateway is the provider's, an address or a route that is missing is the line's fault. */
function isLocalFault({ port, gateway, gatewaySide }: LineLook): boolean {
  if (port?.carrier === false) return true;
  if (gatewaySide === 'provider') return false;
  return port?.hasAddress === false || gateway === 'none' || gateway === 'silent';
}

/** Two servers of one host go down together. */
function hostOf(name: string): string {
  return name.slice(0, name.lastIndexOf(':'));
}
