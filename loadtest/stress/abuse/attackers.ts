import type { Target } from '../../clients/transport.ts'
import { Random } from '../../measure/random.ts'
import type { Attacker } from './attacker.ts'
import { dialectFrames, ExpensiveCommands, floodPackets, WorstGuest } from './commands.ts'
import { DialectFlooder, FloodingPoller, FloodingWebSocket } from './flooders.ts'
import { HalfOpen } from './half-open.ts'
import { PacedAttacker } from './paced-attacker.ts'
import type { AttackerPlan } from './plan.ts'
import { SlowRequest } from './slow-request.ts'

const BLOCK_PACKETS = 256
/** A body of about 6 kB: two per second at the flood's rate. */
const BODY_PACKETS = 400

export function attackerOf(plan: AttackerPlan, target: Target, closed: (reason: string) => void): Attacker {
  const { kind, number, localAddress, perSecond } = plan
  const random = new Random(plan.seed)
  const name = `x${number}`
  const options = { ...target, localAddress, closed, name, perSecond }
  switch (kind) {
    case 'websocket flood':
      return new FloodingWebSocket({ ...options, packets: floodPackets(random, BLOCK_PACKETS) })
    case 'polling flood':
      return new FloodingPoller({ ...options, packets: floodPackets(random, BODY_PACKETS) })
    case 'expensive commands':
      return new PacedAttacker(options, new ExpensiveCommands(random, name), random)
    case 'worst guest':
      return new PacedAttacker(options, new WorstGuest(random, name), random)
    case 'slow headers':
    case 'slow body':
      return new SlowRequest({ ...options, part: kind })
    case 'session without CONNECT':
      return new HalfOpen({ ...options, transport: 'polling', probe: false })
    case 'WebSocket without CONNECT':
      return new HalfOpen({ ...options, transport: 'websocket', probe: false })
    case 'upgrade probe left open':
      return new HalfOpen({ ...options, transport: 'polling', probe: true })
    default:
      return new DialectFlooder({ ...options, ...dialectFrames[kind] })
  }
}
