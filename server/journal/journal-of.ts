import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Store } from '../domain/ports.ts'
import { JournalFile } from './file.ts'
import { NodeJournal } from './node-journal.ts'
import type { Condition } from './samples.ts'

interface Deps {
  config: Pick<Config, 'node' | 'logsDir' | 'logsMaxBytes'>
  store: Store
  log: Logger
  condition(): Condition
}

/** The journal of a node, with a file where the configuration names a folder for it. */
export function journalOf({ config, store, log, condition }: Deps): NodeJournal {
  const { node, logsDir: directory, logsMaxBytes: maxBytes } = config
  const trouble = (sentence: string) => {
    log.warn(sentence)
    journal.record({ kind: 'error', way: 'node', reason: sentence })
  }
  const file = directory === undefined ? undefined : new JournalFile({ directory, node, maxBytes, trouble })
  const journal = new NodeJournal({ node, store, file, condition })
  return journal
}
