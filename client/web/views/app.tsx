import { useSignalEffect } from '@preact/signals'
import { chat, me, panel, room } from '../state.ts'
import { unread } from '../unread.ts'
import { Members } from './members.tsx'
import { Notice } from './notice.tsx'
import { Room } from './room.tsx'
import { Sidebar } from './sidebar.tsx'
import { SignIn } from './sign-in.tsx'

export function App() {
  useSignalEffect(() => {
    const total = [...unread.value.values()].reduce((sum, count) => sum + count, 0)
    document.title = total > 0 ? `(${total}) Hubbub` : 'Hubbub'
  })
  if (!me.value) return <SignIn busy={chat.value !== undefined} />
  return (
    <div class="app" data-panel={panel.value}>
      <Sidebar />
      {room.value ? <Room key={room.value.name} room={room.value} /> : <main class="room" />}
      {room.value && <Members room={room.value} />}
      <Notice />
    </div>
  )
}
