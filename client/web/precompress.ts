import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import type { Plugin } from 'vite'

/** Smaller files fit into one packet without compression. */
const WORTH_BYTES = 1_000

/** Writes .br and .gz files beside the build output. server/http/precompressed.ts serves them, so no node compresses at run time. */
export const precompress: Plugin = {
  name: 'precompress',
  apply: 'build',
  async writeBundle({ dir = '.' }, bundle) {
    await Promise.all(Object.keys(bundle).map((name) => compress(join(dir, name))))
  },
}

async function compress(file: string): Promise<void> {
  const content = await readFile(file)
  if (content.length < WORTH_BYTES || !/\.(js|css|html|svg)$/.test(file)) return
  await writeFile(`${file}.br`, await promisify(brotliCompress)(content))
  await writeFile(`${file}.gz`, await promisify(gzip)(content, { level: 9 }))
}
