import { dialog } from '../state.ts'
import { status } from '../status.ts'
import { me } from '../users.ts'
import { Avatar } from './avatar.tsx'
import { Icon } from './icon.tsx'
import { StatusSelect } from './status-select.tsx'

export function Myself() {
  const self = me.value
  if (!self) return null
  const settings = () => {
    dialog.value = 'settings'
  }
  return (
    <section class="myself" aria-label="You">
      <Avatar person={self} status={status.value} />
      <span class="name">
        <bdi>{self.name}</bdi>
      </span>
      <StatusSelect />
      <button type="button" class="bare" aria-label="Settings" title="Settings" onClick={settings}>
        <Icon of="settings" />
      </button>
    </section>
  )
}
