import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A part of a whole, by name. */
export interface Share {
  name: string
  /** 0 to 1. */
  share: number
}

/** Where time or memory goes, greatest first. */
export interface Profile {
  /** By rooms of src/, packages, and parts of Node. */
  groups: Share[]
  /** Functions of our own. */
  ours: Share[]
}

/** One function of a profile, and what it took itself: microseconds or bytes. */
interface Spent {
  functionName: string
  url: string
  self: number
}

interface CallFrame {
  functionName: string
  url: string
}

/** As `node --cpu-prof` writes it. */
export interface CpuProfile {
  nodes: { id: number; callFrame: CallFrame }[]
  samples: number[]
  timeDeltas: number[]
}

/** As `node --heap-prof` writes it: what was allocated and is still there, sampled. */
export interface HeapProfile {
  head: HeapNode
}

interface HeapNode {
  callFrame: CallFrame
  selfSize: number
  children: HeapNode[]
}

/** Time that passed while anything ran: idle time does not count. */
export function cpuShares({ nodes, samples, timeDeltas }: CpuProfile): Profile {
  const selfUs = new Map<number, number>()
  for (const [index, id] of samples.entries())
    selfUs.set(id, (selfUs.get(id) ?? 0) + Math.max(0, timeDeltas[index] ?? 0))
  return shares(nodes.map(({ id, callFrame }) => ({ ...callFrame, self: selfUs.get(id) ?? 0 })))
}

export function heapShares({ head }: HeapProfile): Profile {
  const spent: Spent[] = []
  const waiting = [head]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    spent.push({ ...node.callFrame, self: node.selfSize })
    waiting.push(...node.children)
  }
  return shares(spent)
}

/**
 * Runs something that was told by Node flags to write profiles into a folder, and reads the largest: with several processes or
 * threads, that of the one which had the most to do.
 */
export async function takeProfile(
  kind: 'cpu' | 'heap',
  run: (nodeOptions: string[]) => Promise<unknown>,
): Promise<Profile> {
  const folder = await mkdtemp(join(tmpdir(), 'phota-mock-profile-'))
  try {
    await run(
      kind === 'cpu' ? ['--cpu-prof', `--cpu-prof-dir=${folder}`] : ['--heap-prof', `--heap-prof-dir=${folder}`],
    )
    const files = (await readdir(folder)).filter((file) => file.endsWith(`.${kind}profile`))
    const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
    const largest = texts.sort((a, b) => b.length - a.length)[0]
    if (largest === undefined) throw new Error(`profile: no .${kind}profile was written`)
    return kind === 'cpu' ? cpuShares(JSON.parse(largest)) : heapShares(JSON.parse(largest))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What a function belongs to; `null` for time in which nothing ran. */
export function groupOf(functionName: string, url: string): string | null {
  if (functionName === '(idle)' || functionName === '(root)') return null
  if (functionName === '(garbage collector)') return 'garbage collection'
  if (functionName === '(program)') return 'native code and the kernel'
  if (url === '') return 'built-in functions'
  if (url.startsWith('node:')) return `node ${nodePart(url)}`
  const room = /\/dist\/(src\/[^/]+|fixtures)\//.exec(url)
  if (room) return (room[1] as string).replace(/\.js$/, '')
  const modules = url.lastIndexOf('/node_modules/')
  if (modules >= 0) return /^(@[^/]+\/)?[^/]+/.exec(url.slice(modules + 14))?.[0] ?? 'packages'
  return 'the rest'
}

/** What would have to change for a part of the cost to go. @param part 0 to 1 */
export function remedy(part: number, { groups }: Profile): string {
  const ours = groups.filter(({ name }) => isOurs(name))
  const sum = ours.reduce((total, { share }) => total + share, 0)
  const needed = `${Math.round(part * 100)} % of its cost would have to go.`
  if (part > sum)
    return `${needed} All of our own code is ${Math.round(sum * 100)} %, so what stands around it must change too.`
  const names = ours.slice(0, 3).map(({ name }) => name)
  return `${needed} Our own code is ${Math.round(sum * 100)} %, so it can come from there: first ${names.join(', ')}.`
}

function isOurs(group: string): boolean {
  return group.startsWith('src/') || group === 'fixtures'
}

function nodePart(url: string): string {
  if (/_?http|llhttp/.test(url)) return 'http'
  if (/stream/.test(url)) return 'streams and sockets'
  if (/:net$|stream_base|dns/.test(url)) return 'streams and sockets'
  if (/modules|vm$|loader/.test(url)) return 'module loading'
  if (/fetch|undici|webstreams/.test(url)) return 'fetch'
  return 'internals'
}

function shares(spent: readonly Spent[]): Profile {
  const groups = new Map<string, number>()
  const ours = new Map<string, number>()
  let total = 0
  for (const { functionName, url, self } of spent) {
    const group = groupOf(functionName, url)
    if (group === null || self === 0) continue
    total += self
    add(groups, group, self)
    if (isOurs(group))
      add(ours, `${functionName || '(top level)'} in ${url.slice(url.lastIndexOf('/dist/') + 6)}`, self)
  }
  return { groups: sorted(groups, total), ours: sorted(ours, total) }
}

function add(sums: Map<string, number>, name: string, amount: number): void {
  sums.set(name, (sums.get(name) ?? 0) + amount)
}

function sorted(sums: Map<string, number>, total: number): Share[] {
  return [...sums].map(([name, sum]) => ({ name, share: sum / total })).sort((a, b) => b.share - a.share)
}
