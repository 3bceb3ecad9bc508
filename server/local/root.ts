import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the repository: the same from the source, where the tests run, and from dist. */
export const ROOT = rootOf(dirname(fileURLToPath(import.meta.url)))

function rootOf(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : rootOf(dirname(folder))
}
