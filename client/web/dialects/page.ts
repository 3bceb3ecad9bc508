/** How a dialect's frames are written and read. */
export interface Codec {
  path: string
  write(text: string): string
  /** The line that a frame makes; undefined for none. */
  read(frame: string): string | undefined
  /** The server sends nobody's own words back, so the page draws them itself. */
  noEcho?: true
}

const AGAIN_MS = 2_000

/** A page that speaks one dialect and nothing else. It comes back by itself. */
export function speak(codec: Codec): void {
  const find = <E extends Element>(id: string) => document.querySelector<E>(`#${id}`)!
  const state = find('state')
  const log = find<HTMLElement>('log')
  // It scrolls, so a keyboard has to get at it.
  log.tabIndex = 0
  const text = find<HTMLInputElement>('text')
  let socket = connect()

  function draw(line: string): void {
    const item = document.createElement('p')
    item.textContent = line
    log.append(item)
    // A page that is left open for a week has to end somewhere.
    if (log.childElementCount > 1_000) log.firstElementChild?.remove()
    item.scrollIntoView({ block: 'nearest' })
  }

  function connect(): WebSocket {
    state.textContent = 'Connecting…'
    const opened = new WebSocket(`${location.origin.replace(/^http/, 'ws')}${codec.path}`)
    opened.onopen = () => {
      state.textContent = 'Connected'
    }
    opened.onmessage = ({ data }) => {
      const line = codec.read(String(data))
      if (line !== undefined) draw(line)
    }
    opened.onerror = () => {
      state.textContent = 'Error'
    }
    opened.onclose = ({ wasClean }) => {
      state.textContent = wasClean ? 'Disconnected' : 'Error'
      setTimeout(() => {
        socket = connect()
      }, AGAIN_MS * Math.random())
    }
    return opened
  }

  find('form').addEventListener('submit', (event) => {
    event.preventDefault()
    if (text.value === '' || socket.readyState !== WebSocket.OPEN) return
    socket.send(codec.write(text.value))
    if (codec.noEcho) draw(`You: ${text.value}`)
    text.value = ''
  })
}
