import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cluster, suiteSettings } from '../stores/conformance/cluster.ts'
import { openEmbedded } from '../stores/embedded/embedded.ts'

export const createTempDirectory = (): Promise<string> => mkdtemp(join(tmpdir(), 'hubbub-'))

/** A cluster with the embedded store in a temporary directory, which is removed on close. */
export async function startEmbeddedCluster(): Promise<Cluster> {
  const directory = await createTempDirectory()
  const embedded = await openEmbedded(directory)
  return {
    async node(name, settings) {
      const store = embedded.store(suiteSettings(name, settings))
      await store.open()
      return store
    },
    async close() {
      await embedded.close()
      await rm(directory, { recursive: true })
    },
  }
}
