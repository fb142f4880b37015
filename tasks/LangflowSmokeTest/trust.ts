import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';

/** Where systems keep the certificates that they trust: Debian and Alpine, Red Hat, SUSE, macOS. */
const BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/**
 * The certificates that TLS trusts: Node's own, the system's, and those of SSL_CERT_FILE and NODE_EXTRA_CA_CERTS, which the
 * agent sets to its own CA. Node 20 has no option for the system's, and a list of one's own replaces all others.
 */
export function trustedCertificates(environment: NodeJS.ProcessEnv = process.env): string[] {
  const files = [environment.SSL_CERT_FILE, environment.NODE_EXTRA_CA_CERTS, ...BUNDLES];
  return [...rootCertificates, ...files.flatMap((file) => (file ? read(file) : []))];
}

function read(file: string): string[] {
  try {
    return [readFileSync(file, 'utf8')];
  } catch {
    // Each system has one of them.
    return [];
  }
}
