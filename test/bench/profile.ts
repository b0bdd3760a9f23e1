import { existsSync, readFileSync } from 'node:fs'
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

/** What one function took itself, in microseconds or bytes. */
interface Spent {
  frame: CallFrame
  /** Its nearest caller, itself included, that has a file: a built-in function costs where it is called. */
  owner: CallFrame
  self: number
}

interface CallFrame {
  functionName: string
  url: string
  /** From 0. */
  lineNumber?: number
}

/** As `node --cpu-prof` writes it. */
export interface CpuProfile {
  nodes: { id: number; callFrame: CallFrame; children?: number[] }[]
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
  for (const [index, id] of samples.entries()) {
    selfUs.set(id, (selfUs.get(id) ?? 0) + Math.max(0, timeDeltas[index] ?? 0))
  }
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node] as const)))
  return shares(
    nodes.map((node) => {
      let owner: CpuProfile['nodes'][number] | undefined = node
      while (owner !== undefined && owner.callFrame.url === '') owner = parents.get(owner.id)
      return { frame: node.callFrame, owner: owner?.callFrame ?? node.callFrame, self: selfUs.get(node.id) ?? 0 }
    }),
  )
}

export function heapShares({ head }: HeapProfile): Profile {
  const spent: Spent[] = []
  const waiting: { node: HeapNode; caller: CallFrame }[] = [{ node: head, caller: head.callFrame }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { callFrame, selfSize, children } = next.node
    const owner = callFrame.url === '' ? next.caller : callFrame
    spent.push({ frame: callFrame, owner, self: selfSize })
    waiting.push(...children.map((node) => ({ node, caller: owner })))
  }
  return shares(spent)
}

/**
 * Runs something that was told by Node flags to write profiles into a folder, and reads the largest: with several
 * processes or threads, that of the one which had the most to do.
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
  const room = /\/dist\/(src\/[^/]+|fixtures(?=\/))/.exec(url)
  if (room) return (room[1] as string).replace(/\.[jt]s$/, '')
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

const modulesOf = new Map<string, { line: number; path: string }[]>()

/** The module that a line of a built chunk came from, as the bundler notes it above each: `dist/src/engine/jobs.ts`. */
function unbundled<Frame extends CallFrame>(frame: Frame): Frame {
  const { url, lineNumber = 0 } = frame
  const [, folder] = /^(file:.*\/dist\/)(?:chunks|src|fixtures)\//.exec(url) ?? []
  if (folder === undefined || !existsSync(new URL(url))) return frame
  let modules = modulesOf.get(url)
  if (modules === undefined) {
    const lines = readFileSync(new URL(url), 'utf8').split('\n')
    modules = lines.flatMap((text, line) => {
      const [, path] = /^\/\/ ((?:src|fixtures)\/\S+\.ts)$/.exec(text) ?? []
      return path === undefined ? [] : [{ line, path }]
    })
    modulesOf.set(url, modules)
  }
  const path = modules.findLast(({ line }) => line <= lineNumber)?.path
  return path === undefined ? frame : { ...frame, url: folder + path }
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
  for (const { frame, owner: calling, self } of spent) {
    const owner = unbundled(calling)
    const isSpecial = frame.functionName.startsWith('(')
    const group = isSpecial ? groupOf(frame.functionName, frame.url) : groupOf(owner.functionName, owner.url)
    if (group === null || self === 0) continue
    total += self
    add(groups, group, self)
    if (isOurs(group)) add(ours, nameOf(frame, owner), self)
  }
  return { groups: sorted(groups, total), ours: sorted(ours, total) }
}

function nameOf(frame: CallFrame, { functionName, url }: CallFrame): string {
  const name = `${functionName || '(top level)'} in ${url.slice(url.lastIndexOf('/dist/') + 6)}`
  return frame.url === '' ? `${frame.functionName || '(anonymous)'}, called by ${name}` : name
}

function add(sums: Map<string, number>, name: string, amount: number): void {
  sums.set(name, (sums.get(name) ?? 0) + amount)
}

function sorted(sums: Map<string, number>, total: number): Share[] {
  return [...sums].map(([name, sum]) => ({ name, share: sum / total })).sort((a, b) => b.share - a.share)
}
