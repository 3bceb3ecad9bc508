import { ChatClient } from '../sdk/client.ts'

const NAMES = ['Grace Hopper', 'Alan Turing', 'Linus', 'נועה כהן', 'Margaret 🚀', 'Edsger'] as const
type Name = (typeof NAMES)[number]
const TYPING_AGAIN_MS = 1_000

/** The users and messages of the screenshots. */
export class Scene {
  readonly #people = new Map<Name, ChatClient>()
  #typing: NodeJS.Timeout | undefined

  async start(url: string): Promise<void> {
    for (const [i, name] of NAMES.entries()) {
      const client = new ChatClient({ url, name, transports: [i % 2 ? 'polling' : 'websocket'] })
      this.#people.set(name, client)
      client.connect()
      await client.join('lobby')
    }
    await this.#talkElsewhere()
    await this.#talk()
  }

  /** Two users type in the lobby until `close`. */
  startTyping(): void {
    const again = () => {
      for (const name of ['Alan Turing', 'Linus'] as const) this.#of(name).typing('lobby', true)
    }
    again()
    this.#typing = setInterval(again, TYPING_AGAIN_MS)
  }

  /** Sends a direct message to the user of that name. */
  async sendDirect(name: string): Promise<void> {
    const grace = this.#of('Grace Hopper')
    const { members } = await grace.members('lobby')
    const { id } = members.find((member) => member.name === name)!
    const room = await grace.openDirect(id)
    await grace.join(room)
    await grace.send(room, 'Lunch at one? I found a place with moths.')
  }

  async send(room: string, text: string): Promise<void> {
    await this.#of('Margaret 🚀').send(room, text)
  }

  /** Sends messages continuously, for the dashboard's charts. Returns the function that stops it. */
  startBackgroundTraffic(): () => void {
    let turn = 0
    const timer = setInterval(() => {
      const name = NAMES[turn++ % NAMES.length]!
      void this.#of(name)
        .send('deploys', `Build ${4_200 + turn} is green.`)
        .catch(() => {})
    }, 150)
    return () => clearInterval(timer)
  }

  close(): void {
    clearInterval(this.#typing)
    for (const client of this.#people.values()) client.close()
  }

  async #talkElsewhere(): Promise<void> {
    for (const name of NAMES) await this.#of(name).join('deploys')
    for (const name of ['Linus', 'Margaret 🚀'] as const) await this.#of(name).join('music')
    await this.#of('Edsger').join('reading-club')
    await this.#of('Edsger').send('reading-club', 'Chapter 4 by Thursday, without a single goto.')
    await this.#of('Linus').send('music', 'Anybody for a quartet?')
    await this.#of('Grace Hopper').send('deploys', 'n2 is back, nobody noticed.')
    await this.#of('Edsger').status('away')
    await this.#of('Linus').status('busy')
  }

  async #talk(): Promise<void> {
    const say = (name: Name, text: string, replyTo?: number) => this.#of(name).send('lobby', text, { replyTo })
    await say('Margaret 🚀', 'Morning, everybody ☀️')
    const question = await say('Grace Hopper', 'Who of you took **n2** down last night?')
    await say('Grace Hopper', 'My tab did not even *blink*.')
    const answer = await say('Linus', 'Me. `kill -9`, in the middle of a sentence.', question.seq)
    await say('Alan Turing', 'And the sentence?')
    await say('Linus', 'Arrived. Once, and in its place.')
    await say('נועה כהן', 'שלום! ראיתי הכול, לפי הסדר 👍')
    await say(
      'Grace Hopper',
      'Here is all it took to see it:\n```\nnpm run cluster -- --nodes 3\nkill -9 <pid of n2>\n```',
    )
    const changed = await say('Alan Turing', 'See https://hubbub.example/cluster for the restt')
    await this.#of('Alan Turing').edit('lobby', changed.seq, 'See https://hubbub.example/cluster for the rest')
    const cake = await say('Margaret 🚀', '@Ada Lovelace are you coming to the launch? There is cake.')
    for (const name of ['Grace Hopper', 'Alan Turing', 'נועה כהן'] as const)
      await this.#of(name).react('lobby', cake.seq, '🎂')
    for (const name of ['Grace Hopper', 'Margaret 🚀'] as const) await this.#of(name).react('lobby', answer.seq, '😂')
    await this.#of('Alan Turing').react('lobby', answer.seq, '👏')
  }

  #of(name: Name): ChatClient {
    return this.#people.get(name)!
  }
}
