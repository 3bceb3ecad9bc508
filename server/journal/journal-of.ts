import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Store } from '../domain/ports.ts'
import { JournalFile } from './file.ts'
import { NodeJournal } from './node-journal.ts'
import type { ResourceUsage } from './samples.ts'

interface Deps {
  config: Pick<Config, 'node' | 'logsDir' | 'logsMaxBytes'>
  store: Store
  log: Logger
  resourceUsage(): ResourceUsage
}

/** The journal of a node, with a file if LOGS_DIR is set. */
export function createJournal({ config, store, log, resourceUsage }: Deps): NodeJournal {
  const { node, logsDir: directory, logsMaxBytes: maxBytes } = config
  const onProblem = (sentence: string) => {
    log.warn(sentence)
    journal.record({ kind: 'error', way: 'node', reason: sentence })
  }
  const file = directory === undefined ? undefined : new JournalFile({ directory, node, maxBytes, onProblem })
  const journal = new NodeJournal({ node, store, file, resourceUsage })
  return journal
}
