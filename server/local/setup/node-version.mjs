const OLDEST = 20

/** Old syntax throughout, so that an old Node gets as far as the sentence. */
export function checkNodeVersion() {
  if (Number(process.versions.node.split('.')[0]) >= OLDEST) return
  console.error(`Hubbub needs Node ${OLDEST} or newer and this is ${process.version}; get one from https://nodejs.org`)
  process.exit(1)
}
