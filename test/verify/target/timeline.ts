export type ClockMode = 'real' | 'manual'

interface Due {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** A world's only time, and what is due at which moment of it. */
export class Timeline {
  #mode: ClockMode
  #speed = 1
  #frozen = false
  #shown: number
  #wall: number = Date.now()
  #instant: number | null = null
  #moving = false
  #order = 0
  #due: Due[] = []
  #timer: NodeJS.Timeout | null = null
  #queue: Promise<unknown> = Promise.resolve()
  #underway = new Set<Promise<unknown>>()
  #closed = false

  /** How long a receiver may stay silent, in wall time, where world time stands still. */
  readonly #silenceMs: number

  constructor(mode: ClockMode, start: number, silenceMs = 250) {
    this.#mode = mode
    this.#silenceMs = silenceMs
    this.#shown = start
  }

  get mode(): ClockMode {
    return this.#mode
  }

  get speed(): number {
    return this.#speed
  }

  get frozen(): boolean {
    return this.#frozen
  }

  get now(): number {
    if (this.#instant !== null) return this.#instant
    if (!this.#flows) return this.#shown
    return this.#shown + Math.floor((Date.now() - this.#wall) * this.#speed)
  }

  get #flows(): boolean {
    return this.#mode === 'real' && !this.#frozen && !this.#moving
  }

  update(change: { mode?: ClockMode; speed?: number; frozen?: boolean }): void {
    this.catchUp()
    this.#rebase(this.now)
    this.#mode = change.mode ?? this.#mode
    this.#speed = change.speed ?? this.#speed
    this.#frozen = change.frozen ?? this.#frozen
    this.#arm()
  }

  /** @returns what takes it back */
  at(moment: number, run: () => void): () => void {
    const due = { at: moment, order: this.#order++, run }
    this.#due.push(due)
    this.#due.sort((a, b) => a.at - b.at || a.order - b.order)
    this.#arm()
    return () => {
      this.#due = this.#due.filter((other) => other !== due)
    }
  }

  /** How much wall time there is for `ms` of world time. */
  patience(ms: number): number {
    return this.#flows ? ms / this.#speed : this.#silenceMs
  }

  /** What an advance waits for before it goes on to a later moment. */
  track(work: Promise<unknown>): void {
    this.#underway.add(work)
    void work.finally(() => this.#underway.delete(work))
  }

  /** Runs what is due by now, each at its own moment. */
  catchUp(): void {
    if (this.#moving || this.#instant !== null) return
    const now = this.now
    for (let next = this.#due[0]; next !== undefined && next.at <= now; next = this.#due[0]) this.#run(next)
    this.#arm()
  }

  advanceTo(moment: (now: number) => number): Promise<void> {
    return this.#move(async () => {
      const target = moment(this.#shown)
      await this.#runWhile((next) => next.at <= target)
      this.#shown = Math.max(this.#shown, target)
    })
  }

  /** On until nothing is due any more. */
  settle(): Promise<void> {
    return this.#move(() => this.#runWhile(() => true))
  }

  close(): void {
    this.#closed = true
    this.#due = []
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #move(result: () => Promise<void>): Promise<void> {
    const moved = this.#queue.then(async () => {
      this.catchUp()
      this.#rebase(this.now)
      this.#moving = true
      try {
        await this.#quiet()
        await result()
      } finally {
        this.#rebase(this.#shown)
        this.#moving = false
        this.#arm()
      }
    })
    this.#queue = moved.catch(() => undefined)
    return moved
  }

  async #runWhile(condition: (next: Due) => boolean): Promise<void> {
    for (let next = this.#due[0]; next !== undefined && condition(next); next = this.#due[0]) {
      this.#shown = Math.max(this.#shown, next.at)
      this.#run(next)
      if (this.#due[0]?.at !== next.at) await this.#quiet()
    }
  }

  async #quiet(): Promise<void> {
    while (this.#underway.size > 0) await Promise.allSettled([...this.#underway])
  }

  #run(due: Due): void {
    this.#due.shift()
    this.#instant = due.at
    try {
      due.run()
    } finally {
      this.#instant = null
    }
  }

  #rebase(shown: number): void {
    this.#shown = shown
    this.#wall = Date.now()
  }

  #arm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const next = this.#due[0]
    if (next === undefined || this.#closed || !this.#flows || this.#instant !== null) return
    const wait = Math.min(Math.max(0, (next.at - this.now) / this.#speed), 2 ** 31 - 1)
    this.#timer = setTimeout(() => this.catchUp(), Math.ceil(wait))
  }
}
