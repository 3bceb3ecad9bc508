import { expect, test } from '@jest/globals'
import { AppendQueue, OverloadedError } from '../../domain/append-queue.ts'
import { Metrics } from '../../metrics.ts'
import { shedding } from './shedding.ts'

class FullQueue extends AppendQueue {
  override overloadError() {
    return new OverloadedError(700)
  }
}

const metrics = new Metrics()
const send = '{"room":"lobby","text":"hello"}'

test('rejects an append with an ack packet that carries its id', async () => {
  const shed = shedding(new FullQueue(), metrics.forNode('n1'))
  for (const name of ['send', 'edit', 'delete', 'react']) {
    const answer = shed(`217["message:${name}",${send}]`)!
    expect(answer.slice(0, 3)).toBe('317')
    expect(JSON.parse(answer.slice(3))).toEqual([
      {
        ok: false,
        fault: { code: 'unavailable', message: expect.any(String), retryable: true, retryInMs: 700 },
      },
    ])
  }
  const { values } = await metrics.registry.getSingleMetric('hubbub_refused_total')!.get()
  expect(values).toEqual([{ labels: { node: 'n1', code: 'unavailable' }, value: 4 }])
})

test('sends no ack for an append without an ack id', () => {
  expect(shedding(new FullQueue(), metrics.forNode('n1'))(`2["message:send",${send}]`)).toBe('')
})

test.each([
  '21["room:join",{"room":"message:send"}]',
  '21["message:sender",{}]',
  '21 ["message:send",{}]',
  '31["message:send",{}]',
  '2/admin,1["message:send",{}]',
  '2',
  '',
])('%s goes its usual way', (packet) => {
  expect(shedding(new FullQueue(), metrics.forNode('n1'))(packet)).toBeUndefined()
})

test('passes all packets while the queue has room', () => {
  expect(shedding(new AppendQueue(), metrics.forNode('n1'))(`21["message:send",${send}]`)).toBeUndefined()
})
