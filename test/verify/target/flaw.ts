import { defects } from './defects.ts'

/** The one thing that a target gets wrong, if any. */
export class Flaw {
  readonly #id: string | null

  constructor(id: string | null) {
    if (id !== null && !defects.some((defect) => defect.id === id)) throw new Error(`no defect is called ${id}`)
    this.#id = id
  }

  has(id: string): boolean {
    return this.#id === id
  }
}
