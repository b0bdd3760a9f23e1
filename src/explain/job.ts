import { enums, operations } from '../spec/index.ts'
import type { JobRecord, Json } from './book.ts'
import { type Exchange, fieldOf } from './exchange.ts'
import { show, type Words } from './finding.ts'
import { isMoment, momentOf } from './moments.ts'
import type { Scene } from './scene.ts'
import { issuesOf, outputsOf } from './submit.ts'

const STATES: readonly string[] = enums.JobStatus

export function isTerminal(job: Json): boolean {
  return job['status'] === 'succeeded' || job['status'] === 'failed'
}

export function rankOf(status: unknown): number {
  const rank = STATES.indexOf(String(status))
  // Succeeded and failed are both the end.
  return Math.min(rank, 2)
}

/**
 * Holds what a poll or a callback says of a job against what each job is, by itself.
 *
 * @returns false if something was impossible, so that what follows from it is not said too
 */
export function judgeJob(exchange: Exchange, body: Json, job: JobRecord, { findings }: Scene): boolean {
  const hold = (rule: string, isKept: boolean, words: Words): boolean =>
    findings.hold(rule, exchange, isKept, { about: `${job.id} ${words.expected}`, ...words })
  const status = body['status']
  const isState = STATES.includes(status as string)
  if (!hold('poll.shape', isState, { expected: `\`status\` to be one of ${STATES.join(', ')}`, seen: show(status) }))
    return false
  const isOwn = body['job_id'] === job.id
  const ofHandle = { expected: `\`job_id\` to be the one asked for, ${job.id}`, seen: show(body['job_id']) }
  if (!hold('poll.shape', isOwn, ofHandle)) return false
  const parts = [
    judgeOperation,
    judgeMoments,
    status === 'succeeded' ? judgeSucceeded : status === 'failed' ? judgeFailed : judgeUnfinished,
  ]
  if (!parts.map((part) => part(hold, body, job)).every(Boolean)) return false
  return judgeShape(hold, body)
}

type Hold = (rule: string, isKept: boolean, words: Words) => boolean
type Part = (hold: Hold, body: Json, job: JobRecord) => boolean

const judgeOperation: Part = (hold, body, { submits }) => {
  const [submit] = submits
  if (!submit) return true
  const expected = `\`operation\` to be "${submit.operation}", the endpoint that was called`
  const because = [submit.exchange]
  return hold('poll.operation', body['operation'] === submit.operation, {
    expected,
    seen: show(body['operation']),
    because,
  })
}

const judgeMoments: Part = (hold, body) => {
  const fields = ['created_at', ...(isTerminal(body) ? ['completed_at'] : [])]
  return fields
    .map((field) => {
      const value = body[field]
      // That it is missing, the rules of its status say.
      if (field === 'completed_at' && (value === null || value === undefined)) return true
      const expected = `\`${field}\` to be RFC 3339, with its offset`
      return hold('poll.timestamps', isMoment(value), { expected, seen: show(value) })
    })
    .every(Boolean)
}

const judgeUnfinished: Part = (hold, body) => {
  for (const field of ['result', 'error', 'completed_at']) {
    const value = body[field]
    if (value === null || value === undefined) continue
    const expected = `\`${field}\` to be null while ${String(body['status'])}`
    hold('poll.unfinished', false, { expected, seen: show(value) })
  }
  return true
}

const judgeSucceeded: Part = (hold, body, job) => {
  const rule = 'poll.succeeded'
  const result = body['result']
  const isThere = result !== null && typeof result === 'object'
  if (!hold(rule, isThere, { expected: '`result` of a succeeded job', seen: show(result) })) return false
  const [images, urls] = [fieldOf(result, 'images'), fieldOf(result, 'download_urls')]
  const isEmpty = Array.isArray(images) && images.length === 0
  const isList = Array.isArray(urls) && urls.every((url) => typeof url === 'string')
  const request = job.submits[0]?.request ?? null
  const outputs = request === null ? null : outputsOf(request)
  const because = [job.submits[0]?.exchange]
  const counts = fieldOf(fieldOf(result, 'known_subjects'), 'counts')
  const isMap = counts !== null && typeof counts === 'object' && !Array.isArray(counts)
  return [
    hold(rule, isEmpty, { expected: '`images` to be empty', seen: show(images) }),
    hold(rule, isList, { expected: '`download_urls` to be a list of URLs', seen: show(urls) }) &&
      (outputs === null ||
        hold(rule, (urls as string[]).length === outputs, {
          expected: `${outputs} \`download_urls\`, one for each output that was asked for`,
          seen: `${(urls as string[]).length}`,
          because,
        })),
    !isList ||
      hold('result.distinct', new Set(urls).size === urls.length, {
        expected: 'a URL of its own for each output',
        seen: show(urls),
      }),
    hold(rule, isMap, { expected: '`known_subjects.counts`, as in a synchronous result', seen: show(result) }) &&
      judgeSubjects(hold, counts as Json, request, { outputs, because }),
    hold(rule, body['error'] === null || body['error'] === undefined, {
      expected: '`error` to be null',
      seen: show(body['error']),
    }),
    judgeCompleted(hold, rule, body),
  ].every(Boolean)
}

function judgeSubjects(
  hold: Hold,
  counts: Json,
  request: Json | null,
  { outputs, because }: { outputs: number | null; because: (Exchange | undefined)[] },
): boolean {
  const rule = 'poll.known-subjects'
  return Object.entries(counts)
    .map(([id, count]) => {
      const isWhole = Number.isInteger(count) && (count as number) >= 0 && (count as number) <= (outputs ?? Infinity)
      const ofOutputs = { expected: `a whole number of outputs for ${show(id)}`, seen: show(count), because }
      if (!hold(rule, isWhole, ofOutputs)) return false
      if (request === null) return true
      const isNamed = profilesOf(request).has(id)
      return hold(rule, isNamed, { expected: 'only profile ids of the request', seen: show(id), because })
    })
    .every(Boolean)
}

function profilesOf(request: Json): Set<string> {
  const { prompt, profile_ids: listed } = request
  const named = typeof prompt === 'string' ? prompt.matchAll(/\[\[(.+?)\]\]/g) : []
  return new Set([
    ...(Array.isArray(listed) ? listed.map(String) : []),
    ...Array.from(named, ([, id = '']) => id.trim()),
  ])
}

const judgeFailed: Part = (hold, body) => {
  const rule = 'poll.failed'
  return [
    ...['code', 'message'].map((field) => {
      const value = fieldOf(body['error'], field)
      const isText = typeof value === 'string' && value.trim() !== ''
      return hold(rule, isText, { expected: `\`error.${field}\` to be a text`, seen: show(value) })
    }),
    hold(rule, body['result'] === null || body['result'] === undefined, {
      expected: '`result` to be null',
      seen: show(body['result']),
    }),
    judgeCompleted(hold, rule, body),
  ].every(Boolean)
}

function judgeCompleted(hold: Hold, rule: string, body: Json): boolean {
  const completed = body['completed_at']
  const isSet = completed !== null && completed !== undefined
  if (!hold(rule, isSet, { expected: '`completed_at` to be set', seen: show(completed) })) return false
  const isInOrder = !(momentOf(completed) < momentOf(body['created_at']))
  const seen = `${show(body['created_at'])} and ${show(completed)}`
  return hold(rule, isInOrder, { expected: '`completed_at` not before `created_at`', seen })
}

/** What the parts above have not looked at: the types of fields. */
function judgeShape(hold: Hold, body: Json): boolean {
  return issuesOf(operations.getJob.responses[200]?.validate ?? null, body)
    .filter(({ source }) => source !== 'choice')
    .map(({ expected, seen, source }) => hold('poll.shape', false, { expected, seen, source }))
    .every(Boolean)
}

/** A job without what may be new in each answer: URLs signed anew. */
export function withoutQueries(body: Json): Json {
  const result = body['result']
  const urls = fieldOf(result, 'download_urls')
  if (!Array.isArray(urls)) return body
  const bare = urls.map((url) => String(url).split('?')[0])
  return { ...body, result: { ...(result as object), download_urls: bare } }
}
