/** Encodes and decodes the frames of a dialect. */
export interface Codec {
  path: string
  encode(text: string): string
  /** The line to show for a frame; undefined for none. */
  decode(frame: string): string | undefined
  /** Set when the server does not echo messages to their sender; the page then shows them itself. */
  noEcho?: true
}

const RECONNECT_MS = 2_000

/** Connects the page to one dialect. It reconnects automatically. */
export function startDialectPage(codec: Codec): void {
  const find = <E extends Element>(id: string) => document.querySelector<E>(`#${id}`)!
  const state = find('state')
  const log = find<HTMLElement>('log')
  // A scrollable region must be reachable by keyboard.
  log.tabIndex = 0
  const text = find<HTMLInputElement>('text')
  let socket = connect()

  function draw(line: string): void {
    const item = document.createElement('p')
    item.textContent = line
    log.append(item)
    // Bounds the page's memory.
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
      const line = codec.decode(String(data))
      if (line !== undefined) draw(line)
    }
    opened.onerror = () => {
      state.textContent = 'Error'
    }
    opened.onclose = ({ wasClean }) => {
      state.textContent = wasClean ? 'Disconnected' : 'Error'
      setTimeout(() => {
        socket = connect()
      }, RECONNECT_MS * Math.random())
    }
    return opened
  }

  find('form').addEventListener('submit', (event) => {
    event.preventDefault()
    if (text.value === '' || socket.readyState !== WebSocket.OPEN) return
    socket.send(codec.encode(text.value))
    if (codec.noEcho) draw(`You: ${text.value}`)
    text.value = ''
  })
}
