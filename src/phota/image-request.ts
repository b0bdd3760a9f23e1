import type { JobOperation } from '../spec/index.ts'

/** A validated image request with every default filled in, the same for all four operations. */
export interface ImageRequest {
  readonly operation: JobOperation
  readonly prompt: string
  /** Candidates for identity; empty where the operation ignores them. */
  readonly profileIds: readonly string[]
  /** 1–4 images. */
  readonly outputs: number
  readonly model: string
  readonly quality: 'auto' | 'low' | 'medium' | 'high'
  readonly resolution: '1K' | '2K' | '4K'
  readonly width: number
  readonly height: number
  readonly format: 'png' | 'jpg'
  readonly callbackUrl: string | null
  /** The idempotency key. */
  readonly clientRequestId: string | null
  /** Why the work cannot succeed, known from the inputs alone; `null` if nothing speaks against it. */
  readonly inputProblem: string | null
}

/** Every profile id a request names, each once: in its prompt as `[[id]]`, and in its list. */
export function namedProfileIds({ prompt, profileIds }: ImageRequest): readonly string[] {
  const named = promptProfileIds(prompt)
  const further = profileIds.filter((id) => !named.includes(id))
  return further.length === 0 ? named : [...new Set([...named, ...further])]
}

const NONE: readonly string[] = []
// A submit asks more than once.
let latest: { readonly prompt: string; readonly ids: readonly string[] } = { prompt: '', ids: NONE }
const NAMED = /\[\[([^[\]]+)\]\]/g

/** Profile ids named in a prompt as `[[id]]`, in order, each once. */
export function promptProfileIds(prompt: string): readonly string[] {
  if (!prompt.includes('[[')) return NONE
  if (prompt === latest.prompt) return latest.ids
  const ids = new Set<string>()
  // By `exec`, because `matchAll` was a tenth of what a submit costs.
  for (let match = NAMED.exec(prompt); match !== null; match = NAMED.exec(prompt)) ids.add(match[1] as string)
  latest = { prompt, ids: [...ids] }
  return latest.ids
}
