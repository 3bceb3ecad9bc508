import { secondsOf, secondsOfGroup } from '../measure/cpu-time.ts'
import { BenchPool } from '../pool/bench-pool.ts'
import { type RunningSystem, type SystemName, start } from '../systems/systems.ts'
import type { Setting, Steady } from './run.ts'
import { membersOf, type Workload } from './workloads.ts'

const WORKER_PROCESSES = 2
/** A rate that warms up every system without overloading any. */
const WARM = { perSecond: 60, messages: 120 }
/** Time limit for the remaining deliveries after the last send. */
export const ARRIVE_WITHIN_MS = 90_000

export interface StageOptions {
  workload: Workload
  setting: Setting
  contestant: SystemName
  profile?: string
}

/** One system under test with all of its clients connected and warmed up. */
export class Stage {
  private constructor(
    readonly system: RunningSystem,
    readonly pool: BenchPool,
  ) {}

  static async open(options: StageOptions): Promise<Stage> {
    const stage = await Stage.prepare(options)
    try {
      await stage.pool.connect()
      return stage
    } catch (error) {
      await stage.close()
      throw error
    }
  }

  /** Starts the system without connecting clients. */
  static async prepare({ workload, setting, contestant, profile }: StageOptions): Promise<Stage> {
    const { nodes, transport } = setting
    const runningSystem = await start(contestant, { nodes, bus: workload.kind === 'elsewhere', profile })
    // nginx balances the clients, so the pool sees a single target.
    const targets = workload.edge ? [runningSystem.edge!] : runningSystem.targets
    const members = membersOf(workload, targets.length)
    return new Stage(
      runningSystem,
      new BenchPool({ contestant, transport, targets, members, processes: WORKER_PROCESSES }),
    )
  }

  async warm(): Promise<void> {
    await this.#receive(WARM.perSecond, WARM.messages)
  }

  /** Sends messages at a rate and measures their cost until the last delivery. */
  async talk(perSecond: number, messages: number): Promise<Steady & { complete: boolean; why?: string }> {
    await this.pool.reset()
    const before = this.#cpu()
    const began = performance.now()
    const rooms = await this.#receive(perSecond, messages)
    const seconds = (performance.now() - began) / 1_000
    const after = this.#cpu()
    const { refused, lost, why } = this.pool.sum
    const { wrong, example, delays } = await this.pool.check(rooms)
    const complete = wrong === 0 && refused === 0 && lost === 0
    return {
      complete,
      ...(!complete && { why: `${wrong} incorrect, ${refused} refused, ${lost} lost; ${why ?? example ?? ''}` }),
      messages,
      deliveries: this.pool.deliveriesOf(rooms),
      saidSeconds: messages / perSecond,
      seconds,
      cpu: {
        nodes: after.nodes.map((used, n) => used - before.nodes[n]!),
        redis: after.redis - before.redis,
        edge: after.edge - before.edge,
        clients: after.clients - before.clients,
      },
      p50: delays.percentile(0.5),
      p95: delays.percentile(0.95),
      p99: delays.percentile(0.99),
    }
  }

  async close(): Promise<void> {
    await this.pool.stop()
    await this.system.stop()
  }

  async #receive(perSecond: number, messages: number) {
    const before = this.pool.sum
    const rooms = await this.pool.talk(perSecond, messages, (messages / perSecond) * 1_000 + ARRIVE_WITHIN_MS)
    const expected = before.deliveries + this.pool.deliveriesOf(rooms)
    // Excess deliveries and refusals also end the wait; `check` reports them.
    const all = ({ deliveries, answered, refused, lost }: BenchPool['sum']) =>
      refused > 0 || lost > 0 || (deliveries >= expected && answered >= before.answered + messages)
    await this.pool.until(all, ARRIVE_WITHIN_MS, 'all deliveries')
    return rooms
  }

  #cpu() {
    const { nodes, redis, edgePart } = this.system
    return {
      nodes: nodes.map(({ pid }) => secondsOf(pid ?? 0)),
      redis: redis?.pid ? secondsOf(redis.pid) : 0,
      edge: edgePart?.pid ? secondsOfGroup(edgePart.pid, 'nginx') : 0,
      clients: this.pool.sum.cpu,
    }
  }
}
