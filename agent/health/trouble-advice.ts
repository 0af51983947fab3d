// What a person can do about what stands between this device and its collector.
import type { Trouble } from '../network/trouble.ts';

const ADVICE: Readonly<Record<Trouble['code'], string>> = {
  dns_lookup_failed: "check this device's DNS server and the collector's address",
  network_unreachable: 'check the cable, the address of this device and its gateway',
  connect_refused: 'check the address and port, and that the collector runs',
  connect_timed_out: 'check that the collector runs, and that no firewall drops the way to it',
  connection_reset: 'see whether a filter or firewall ends connections to the collector',
  proxy_refused: 'let this device through the proxy, or correct its address, user and password',
  tls_failed: 'see whether a filter or login page answers in place of the collector',
  tls_intercepted:
    "have the filter pass the collector's name unopened, or add its authority to this host's certificates and restart the agent",
  certificate_expired: "renew the collector's certificate, or set this device's clock",
  clock_wrong: 'let this device keep its time by NTP',
  captive_portal: 'have this device let through without a login page',
  not_a_collector: "check the collector's address, and that no filter answers in its place",
  collector_busy: 'wait; the agent tries again by itself',
  unknown: 'check that the collector runs, and that no filter or proxy stands between',
};

export function adviceOn({ code }: Pick<Trouble, 'code'>): string {
  return ADVICE[code];
}

/** `tls_intercepted by Filter Root`, `captive_portal at login.example`. */
export function troubleText({ code, issuer, portal }: Trouble): string {
  const by = issuer === undefined ? '' : ` by ${issuer}`;
  return portal === undefined ? `${code}${by}` : `${code} at ${portal}`;
}
