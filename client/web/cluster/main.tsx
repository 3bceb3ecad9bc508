import { render } from 'preact'
import { startTheme } from '../theme.ts'
import { watchCluster } from './spectator.ts'
import { ClusterPage } from './views/page.tsx'

startTheme()
watchCluster()
render(<ClusterPage />, document.body)
