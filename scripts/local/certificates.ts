import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { run } from './command';

const DAYS = ['-days', '3650'];
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Makes ca.pem and ca.key in a folder unless they are there. */
export async function authority(folder: string, name: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const [certificate, key] = files(folder, 'ca');
  if (existsSync(certificate)) return;
  await run('openssl', [
    'req',
    '-x509',
    ...KEY,
    ...DAYS,
    '-subj',
    `/CN=${name}`,
    '-keyout',
    key,
    '-out',
    certificate,
  ]);
  await chmod(key, 0o600);
}

/**
 * Makes `<name>.pem` and `<name>.key`, signed by the folder's authority, unless they are there.
 * @param alternatives for a server: what it is reached by, as `DNS:localhost` or `IP:127.0.0.1`
 */
export async function certificate(
  folder: string,
  name: string,
  subject: string,
  alternatives: string[] = [],
): Promise<void> {
  const [certificateFile, key] = files(folder, name);
  if (existsSync(certificateFile)) return;
  const [ca, caKey] = files(folder, 'ca');
  const request = path.join(folder, `${name}.csr`);
  const extensions = path.join(folder, `${name}.ext`);
  const names = alternatives.length > 0 ? `subjectAltName=${alternatives.join(',')}\n` : '';
  await writeFile(extensions, `extendedKeyUsage=serverAuth,clientAuth\n${names}`);
  await run('openssl', ['req', '-new', ...KEY, '-subj', subject, '-keyout', key, '-out', request]);
  await run('openssl', [
    'x509', '-req', '-in', request, '-CA', ca, '-CAkey', caKey, '-CAcreateserial', ...DAYS,
    '-extfile', extensions, '-out', certificateFile,
  ]); // prettier-ignore
  await chmod(key, 0o600);
}

function files(folder: string, name: string): [certificate: string, key: string] {
  return [path.join(folder, `${name}.pem`), path.join(folder, `${name}.key`)];
}
