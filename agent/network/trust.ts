// Whom TLS trusts: what Node brings and NODE_EXTRA_CA_CERTS names, and, once that is not enough, what
// this host trusts too. The host's are read only then: they are memory that few agents need.
import * as tls from 'node:tls';

/** A bundle may run on a Node that does not have it yet. */
const GET: typeof tls.getCACertificates | undefined = tls.getCACertificates;

export interface Trust {
  /** Undefined: Node's default. */
  context(): tls.SecureContext | undefined;
  /** Takes the host's authorities in. False when there are none to add, or they are in already. */
  widen(): boolean;
}

/** `systemCertificates`: in PEM; read at the first `widen`. */
export function createTrust(systemCertificates: () => readonly string[] = ofSystem): Trust {
  let wide: tls.SecureContext | undefined;
  let isAsked = false;
  return {
    context: () => wide,
    widen: () => {
      if (isAsked) return false;
      isAsked = true;
      const known = new Set(defaults());
      const added = systemCertificates().filter((certificate) => !known.has(certificate));
      if (added.length === 0) return false;
      wide = tls.createSecureContext({ ca: [...known, ...added] });
      return true;
    },
  };
}

/** Of SSL_CERT_FILE and SSL_CERT_DIR, or where the system keeps them (Node ≥ 22.15). */
function ofSystem(): readonly string[] {
  return GET?.('system') ?? [];
}

function defaults(): readonly string[] {
  return GET?.('default') ?? tls.rootCertificates;
}
