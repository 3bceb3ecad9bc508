import { expect, test } from '@jest/globals'
import { SYSTEMS } from '../systems/systems.ts'
import { measure } from './measure.ts'
import { WORKLOADS } from './workloads.ts'

const small = { ...WORKLOADS.find(({ name }) => name === 'rooms')!, rooms: 3, size: 4, perSecond: 30, seconds: 1 }

test.each(SYSTEMS)(
  '%s: all members of three small rooms on two nodes receive every message',
  async (contestant) => {
    const setting = { workload: 'rooms', nodes: 2, transport: 'websocket' } as const
    const { steady, ...result } = await measure({ workload: small, setting, contestant }, () => {})
    expect(result).toEqual({ complete: true })
    expect(steady).toMatchObject({ messages: 30, deliveries: 120 })
    expect(steady!.p50).toBeGreaterThan(0)
    expect(steady!.cpu.nodes).toHaveLength(2)
  },
  90_000,
)
