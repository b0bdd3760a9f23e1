import type { Answer } from '../answer.ts'
import type { Behaviour, Inside, Layer, View } from '../behaviour.ts'
import { type Call, fieldsOf, imageOperation, isApi, parse, withFields } from './call.ts'

type Change = (answer: Answer, call: Call, inside: Inside) => Answer | Promise<Answer>

/** A layer that changes answers only. */
export const onAnswer =
  (change: Change): Layer =>
  async (call, next, inside) =>
    change(await next(call), call, inside)

/** A layer for what the API refuses; storage refuses in its own way. */
export const onError = (change: Change): Layer =>
  onAnswer((answer, call, inside) => (isApi(call) && answer.status >= 400 ? change(answer, call, inside) : answer))

/** A layer for the fields of image requests. */
export const onFields =
  (change: (fields: Record<string, unknown>, operation: string) => Record<string, unknown>): Layer =>
  (call, next) => {
    const operation = imageOperation(call)
    const fields = operation === null ? null : fieldsOf(call)
    return next(fields === null || operation === null ? call : withFields(call, change(fields, operation)))
  }

/** A layer for handles. */
export const onHandle = (change: (handle: View, answer: Answer, call: Call) => Answer): Layer =>
  onAnswer((answer, call) => {
    const handle = answer.status === 202 ? viewOf(answer) : null
    return handle === null ? answer : change(handle, answer, call)
  })

/** The JSON object of an answer; null if it is none. */
export function viewOf(answer: Answer): View | null {
  if (answer.type?.includes('json') !== true) return null
  const value = parse(String(answer.body))
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as View) : null
}

export const withView = (answer: Answer, view: unknown): Answer => ({ ...answer, body: JSON.stringify(view) })

export const withHeaders = (answer: Answer, headers: Readonly<Record<string, string>>): Answer => ({
  ...answer,
  headers: { ...answer.headers, ...headers },
})

/** `type: null` leaves the framing to the headers: here Content-Type is named among them, and no length is. */
export const withoutLength = ({ type, ...answer }: Answer): Answer =>
  withHeaders({ ...answer, type: null }, type === null ? {} : { 'content-type': type })

export const layered = (layer: Layer) => (): Behaviour => ({ layer })

export const eachJob = (job: NonNullable<Behaviour['job']>) => (): Behaviour => ({ job })

export const isOver = (view: View): boolean => view['status'] === 'succeeded' || view['status'] === 'failed'
