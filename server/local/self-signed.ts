import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { StartupError } from '../domain/startup-error.ts'

/** Paths of a self-signed certificate for localhost and its key; creates them with openssl if they do not exist. */
export function selfSigned(folder: string): { cert: string; key: string } {
  const pair = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  if (existsSync(pair.cert) && existsSync(pair.key)) return pair
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const keyOptions = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '825']
  const subjectOptions = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1']
  try {
    execFileSync(
      'openssl',
      ['req', '-x509', ...keyOptions, ...subjectOptions, '-keyout', pair.key, '-out', pair.cert],
      {
        stdio: 'pipe',
      },
    )
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw new StartupError(
      missing
        ? '--tls requires openssl; install it with your system’s package manager.'
        : `openssl failed to create a certificate: ${(error as Error).message}`,
    )
  }
  return pair
}
