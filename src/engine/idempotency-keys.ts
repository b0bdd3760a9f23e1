import type { Account } from './account.ts'
import type { Job } from './job.ts'

/** Live jobs by the idempotency keys of their submits, of each account: idem.same-job, idem.scoped. */
export class IdempotencyKeys {
  readonly #jobs = new Map<Account, Map<string, Job>>()

  /** How many are in use. */
  get size(): number {
    let size = 0
    for (const keys of this.#jobs.values()) size += keys.size
    return size
  }

  /** The live job of a key; `null` if there is none. */
  jobOf(account: Account, key: string | null): Job | null {
    return key === null ? null : (this.#jobs.get(account)?.get(key) ?? null)
  }

  /** The job's key, if it has one, leads to it from now on. */
  claim(job: Job): void {
    const key = job.work.idempotencyKey
    if (key === null) return
    const known = this.#jobs.get(job.account)
    if (known) known.set(key, job)
    else this.#jobs.set(job.account, new Map([[key, job]]))
  }

  /** The job's key may be used anew: idem.after-expiry. It may lead to another job already. */
  free(job: Job): void {
    const { account, work } = job
    if (this.jobOf(account, work.idempotencyKey) !== job) return
    this.#jobs.get(account)?.delete(work.idempotencyKey as string)
  }
}
