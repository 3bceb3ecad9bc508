import { render } from 'preact'
import { start } from './session.ts'
import { App } from './views/app.tsx'

start()
render(<App />, document.body)
