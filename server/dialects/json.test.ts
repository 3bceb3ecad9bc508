import { expect, test } from '@jest/globals'
import { json } from './json.ts'

const show = (text: string, name = 'Port4711') => json.show({ by: { id: 'x', name }, text, at: 0 }, false)

/** What it makes of a frame: the text that is said, or null where the connection ends. */
async function hear(frame: string): Promise<string | null> {
  let said: string | null | undefined
  await json.hear(frame, {
    user: { id: 'x', name: 'Port4711' },
    say: async (text) => {
      said = text
    },
    answer: () => {},
    ask: (question) => question(),
    rename: async () => {},
    misunderstood: () => {
      said = null
    },
  })
  return said!
}

test('frames are written as the original writes them', () => {
  expect(json.greeting!({ id: 'x', name: json.name('x', { port: 45506 }) })).toBe(
    '{"content":"Welcome to the chat!","username":"Port45506"}\n',
  )
  expect(show('hi "there" <b>&</b>\u2028\n', 'A>B')).toBe(
    '{"content":"hi \\"there\\" \\u003cb\\u003e\\u0026\\u003c/b\\u003e\\u2028\\n","username":"A\\u003eB"}\n',
  )
  expect(show('héllo 😀')).toBe('{"content":"héllo 😀","username":"Port4711"}\n')
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
])('%s is heard', async (frame, said) => {
  expect(await hear(frame)).toBe(said)
})

test.each(['', 'hello', '{', '{"content":5}', '{"content":{}}', '{"username":7}', '[]', '"hello"', 'true'])(
  '%s ends the connection',
  async (frame) => {
    expect(await hear(frame)).toBeNull()
  },
)
