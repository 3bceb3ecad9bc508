import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from '../../server/local/root.ts'
import type { LinkPlan } from './cells.ts'

const run = promisify(execFile)
/** Addresses reserved for benchmarks (RFC 2544), different for each process so that several can run. */
const address = (end: number) => `198.18.${(process.pid >> 6) & 255}.${(process.pid & 63) * 4 + end}`
const HERE = address(1)
const THERE = address(2)

/** How the delay is created: by the kernel's netem or, if it is missing, by link.py between two TUN devices. */
export type LinkKind = 'netem' | 'tun'

/**
 * A network namespace for the clients and a slow, lossy link to it. The namespace exists as long as a process in it,
 * which exits with this process, so nothing is left behind.
 */
export class Link {
  private constructor(
    readonly kind: LinkKind,
    private readonly parts: ChildProcess[],
    private readonly holder: number,
  ) {}

  /** This machine's address on the link, for servers to listen on. */
  readonly host = HERE

  /** Command prefix that runs a program in the network namespace. */
  get elsewhere(): string[] {
    return ['nsenter', `--net=/proc/${this.holder}/ns/net`]
  }

  static async open(plan: LinkPlan): Promise<Link> {
    const parts: ChildProcess[] = []
    try {
      // The process exits when its stdin closes.
      const holder = spawn('unshare', ['--net', 'sh', '-c', 'echo ready; exec cat'], {
        stdio: ['pipe', 'pipe', 'pipe'],
      })
      parts.push(holder)
      await ready(holder)
      const kind = (await hasNetem(plan)) ? 'netem' : 'tun'
      const link = new Link(kind, parts, holder.pid!)
      await link.#connect(plan)
      return link
    } catch (error) {
      await end(parts)
      throw error
    }
  }

  async close(): Promise<void> {
    await end(this.parts)
  }

  async #connect(plan: LinkPlan): Promise<void> {
    const near = `hubbub${process.pid % 10_000}a`
    const far = `hubbub${process.pid % 10_000}b`
    if (this.kind === 'netem') await run('ip', ['link', 'add', near, 'type', 'veth', 'peer', 'name', far])
    else await this.#tun(near, far, plan)
    await run('ip', ['link', 'set', far, 'netns', `${this.holder}`])
    await up((...words) => run('ip', words), near, HERE, THERE)
    await up((...words) => this.#there('ip', ...words), far, THERE, HERE)
    if (this.kind === 'tun') return
    await run('tc', netem(near, plan))
    await this.#there('tc', ...netem(far, plan))
  }

  async #tun(near: string, far: string, { delayMs, loss }: LinkPlan): Promise<void> {
    const program = join(ROOT, 'loadtest', 'compare', 'link.py')
    const stdio = ['pipe', 'pipe', 'pipe'] as const
    const between = spawn('python3', [program, near, far, `${delayMs / 2}`, `${loss}`], { stdio: [...stdio] })
    this.parts.push(between)
    await ready(between)
  }

  #there(command: string, ...words: string[]) {
    const [program, ...before] = [...this.elsewhere, command]
    return run(program!, [...before, ...words])
  }
}

/** The reason why links cannot be created here; undefined if they can. */
export async function whyNoLink(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'network namespaces require Linux'
  try {
    await (await Link.open({ name: 'a try', delayMs: 1, loss: 0 })).close()
    return undefined
  } catch (error) {
    return (error as Error).message.trim().split('\n').at(-1)
  }
}

const netem = (device: string, { delayMs, loss }: LinkPlan): string[] => {
  const most = ['limit', '100000']
  return [
    'qdisc',
    'add',
    'dev',
    device,
    'root',
    'netem',
    'delay',
    `${delayMs / 2}ms`,
    'loss',
    `${loss * 100}%`,
    ...most,
  ]
}

async function up(ip: (...words: string[]) => Promise<unknown>, device: string, own: string, other: string) {
  await ip('addr', 'add', own, 'peer', other, 'dev', device)
  await ip('link', 'set', device, 'up')
}

/** Tries netem in a separate network namespace, without side effects. */
async function hasNetem(plan: LinkPlan): Promise<boolean> {
  const tries = `ip link add try0 type veth peer name try1 && tc ${netem('try0', plan).join(' ')}`
  return run('unshare', ['--net', 'sh', '-c', tries]).then(
    () => true,
    () => false,
  )
}

async function ready(child: ChildProcess): Promise<void> {
  let complaint = ''
  child.stderr?.on('data', (chunk) => {
    complaint += chunk
  })
  const closed = once(child, 'exit').then(() => {
    throw new Error(complaint || 'A process of the link exited immediately.')
  })
  await Promise.race([once(child.stdout!, 'data'), closed])
  closed.catch(() => {})
}

async function end(parts: ChildProcess[]): Promise<void> {
  await Promise.all(
    parts.map(async (part) => {
      if (part.exitCode !== null || part.signalCode !== null) return
      const exited = once(part, 'exit')
      part.stdin?.end()
      await exited
    }),
  )
}
