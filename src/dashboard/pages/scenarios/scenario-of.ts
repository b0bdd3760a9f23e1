const MATCH = ['operation', 'account', 'prompt', 'client_request_id', 'nth', 'probability']
const WORK = ['fail', 'stuck', 'pending', 'running']
const CALLBACK = ['fault', 'delay']
const FAULT = ['when', 'answer', 'latency', 'retry_after']
const NUMBERS = /^(nth|probability|times|answer|retry_after)$/

/** The scenario of the form's fields. The server validates it. */
export function scenarioOf(form: FormData): Record<string, unknown> {
  const pick = (names: readonly string[], prefix = ''): Record<string, unknown> =>
    Object.fromEntries(
      names.flatMap((name) => {
        const text = String(form.get(prefix + name) ?? '').trim()
        const value = NUMBERS.test(name) && text !== '' && Number.isFinite(Number(text)) ? Number(text) : text
        return text === '' ? [] : [[name, value]]
      }),
    )
  const match = pick(MATCH)
  const callback = pick(CALLBACK, 'callback_')
  const fault = pick(FAULT, 'fault_')
  return {
    ...pick(['id']),
    ...(filled(match) && { match }),
    effect: { ...pick(WORK), ...(filled(callback) && { callback }), ...(filled(fault) && { fault }) },
    ...pick(['times']),
  }
}

function filled(fields: object): boolean {
  return Object.keys(fields).length > 0
}
