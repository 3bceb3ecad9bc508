import { isNarrow } from '../media-query.ts'
import { dialog, pane } from '../state.ts'
import { ConnectionLine } from './connection-line.tsx'
import { Icon } from './icon.tsx'
import { Myself } from './myself.tsx'
import { RoomList } from './room-list.tsx'
import { SkipLink } from './skip-link.tsx'
import { StrangerButton } from './stranger-button.tsx'

const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent)

export function Sidebar() {
  const jump = () => {
    dialog.value = 'jump'
  }
  // On a narrow screen it is the only content, so it is the `main` landmark with the page's heading.
  const alone = isNarrow.value && pane.value === 'rooms'
  const Column = alone ? 'main' : 'div'
  const Name = alone ? 'h1' : 'strong'
  return (
    <Column class="sidebar">
      <header class="brand">
        {!alone && <SkipLink />}
        <img src="/favicon.svg" alt="" width="26" height="26" />
        <Name>Hubbub</Name>
      </header>
      <button type="button" class="jump-button" onClick={jump}>
        <Icon of="search" />
        Search
        <kbd>{isApple ? '⌘K' : 'Ctrl K'}</kbd>
      </button>
      <StrangerButton />
      <RoomList />
      <Myself />
      <ConnectionLine />
    </Column>
  )
}
