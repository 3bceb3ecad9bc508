const MIN_MAJOR = 20

/** Exits with a message if Node is too old. Uses only old syntax, so that old versions can parse it. */
export function checkNodeVersion() {
  if (Number(process.versions.node.split('.')[0]) >= MIN_MAJOR) return
  console.error(
    `Hubbub needs Node ${MIN_MAJOR} or newer, but this is ${process.version}; install one from https://nodejs.org`,
  )
  process.exit(1)
}
