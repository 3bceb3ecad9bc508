import type { HistoryEvent } from '../history.ts'
import { Aftermath } from './aftermath.ts'
import { Deliveries } from './deliveries.ts'
import { Ending } from './ending.ts'
import { ExpectedLog } from './expected-log.ts'
import { Folding } from './folding.ts'
import { Liveness, type Silence } from './liveness.ts'
import { MembershipChanges } from './membership-changes.ts'
import { PresenceTruth } from './presence.ts'
import { Sends } from './sends.ts'
import { Streams } from './stream.ts'
import type { Judge, Violation } from './violation.ts'

export interface Verdict {
  violations: Violation[]
  longestSilence: Silence
}

/** Decides from the recorded history alone whether every promise was kept. */
export function check(history: Iterable<HistoryEvent>): Verdict {
  const expectedLog = new ExpectedLog()
  const deliveries = new Deliveries(expectedLog)
  const silences = new Liveness()
  const judges: Judge[] = [
    expectedLog,
    deliveries,
    new Folding(expectedLog, deliveries),
    new Sends(expectedLog),
    new Streams(),
    new PresenceTruth(),
    new MembershipChanges(),
    silences,
    new Ending(),
    new Aftermath(),
  ]
  for (const historyEvent of history) for (const judge of judges) judge.take(historyEvent)
  return { violations: judges.flatMap((judge) => judge.end()), longestSilence: silences.longest }
}
