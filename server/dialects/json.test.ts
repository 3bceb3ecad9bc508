import { expect, test } from '@jest/globals'
import { json } from './json.ts'

const encode = (text: string, name = 'Port4711') => json.encode({ by: { id: 'x', name }, text, at: 0 }, false)

/** The text that a frame sends, or null if it closes the connection. */
async function textOf(frame: string): Promise<string | null> {
  let sent: string | null | undefined
  await json.handle(frame, {
    user: { id: 'x', name: 'Port4711' },
    send: async (text) => {
      sent = text
    },
    reply: () => {},
    retry: (question) => question(),
    rename: async () => {},
    closeInvalid: () => {
      sent = null
    },
  })
  return sent!
}

test('encodes frames byte for byte as the original server', () => {
  expect(json.greeting!({ id: 'x', name: json.name('x', { port: 45506 }) })).toBe(
    '{"content":"Welcome to the chat!","username":"Port45506"}\n',
  )
  expect(encode('hi "there" <b>&</b>\u2028\n', 'A>B')).toBe(
    '{"content":"hi \\"there\\" \\u003cb\\u003e\\u0026\\u003c/b\\u003e\\u2028\\n","username":"A\\u003eB"}\n',
  )
  expect(encode('héllo 😀')).toBe('{"content":"héllo 😀","username":"Port4711"}\n')
})

test.each([
  ['{"content":"hello","username":"me"}', 'hello'],
  ['{"content":"hello"}', 'hello'],
  ['{"CONTENT":"hello","UserName":null,"more":[1,{}]}', 'hello'],
  ['{"content":"first","Content":"last"}', 'last'],
  ['{"content":"first","Content":null}', 'first'],
  [' {"content":"a\\u003cb"}\n', 'a<b'],
  ['{"content":"\\ud800"}', '\ufffd'],
  ['{"username":"me"}', ''],
  ['{"content":null}', ''],
  ['{}', ''],
  ['null', ''],
  ['{"content":"first"}{"content":"second"}', 'first'],
  ['{"content":"a } \\" {"} and more', 'a } " {'],
  ['null and more', ''],
  [`{"content":"deep","more":${'['.repeat(8_000)}${']'.repeat(8_000)}}`, 'deep'],
])('accepts %s', async (frame, sent) => {
  expect(await textOf(frame)).toBe(sent)
})

test.each(['', 'hello', '{', '{"content":5}', '{"content":{}}', '{"username":7}', '[]', '"hello"', 'true'])(
  'closes the connection for %s',
  async (frame) => {
    expect(await textOf(frame)).toBeNull()
  },
)
