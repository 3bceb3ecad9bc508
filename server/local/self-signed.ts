import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { StartupError } from '../domain/startup-error.ts'

/** A certificate for this machine that nobody but us has signed, made the first time and then kept. */
export function selfSigned(folder: string): { cert: string; key: string } {
  const pair = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  if (existsSync(pair.cert) && existsSync(pair.key)) return pair
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '825']
  const named = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1']
  try {
    execFileSync('openssl', ['req', '-x509', ...made, ...named, '-keyout', pair.key, '-out', pair.cert], {
      stdio: 'pipe',
    })
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw new StartupError(
      missing
        ? '--tls needs openssl; install it from your system’s packages.'
        : `openssl made no certificate: ${(error as Error).message}`,
    )
  }
  return pair
}
