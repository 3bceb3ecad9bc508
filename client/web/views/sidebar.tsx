import { dialog } from '../state.ts'
import { ConnectionLine } from './connection-line.tsx'
import { Icon } from './icon.tsx'
import { Myself } from './myself.tsx'
import { RoomList } from './room-list.tsx'

const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent)

export function Sidebar() {
  const jump = () => {
    dialog.value = 'jump'
  }
  return (
    <div class="sidebar">
      <header class="brand">
        <img src="/favicon.svg" alt="" width="26" height="26" />
        <strong>Hubbub</strong>
      </header>
      <button type="button" class="jump-button" onClick={jump}>
        <Icon of="search" />
        Jump to…
        <kbd>{isApple ? '⌘K' : 'Ctrl K'}</kbd>
      </button>
      <RoomList />
      <Myself />
      <ConnectionLine />
    </div>
  )
}
