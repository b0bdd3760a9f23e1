import { defects } from './defects.ts'
import { isWithin, type Place, type Spot } from './place.ts'

const FAULTS = new Set(defects.map(({ id, fault }) => fault ?? id))

/** The one thing that a target gets wrong, if any. */
export class Flaw {
  readonly #fault: string | null
  readonly #place: Place

  constructor(id: string | null) {
    const defect = defects.find((one) => one.id === id)
    if (id !== null && defect === undefined) throw new Error(`no defect is called ${id}`)
    this.#fault = defect === undefined ? null : (defect.fault ?? defect.id)
    this.#place = defect?.only ?? {}
  }

  /** Whether this goes wrong here. */
  has(fault: string, spot: Spot = {}): boolean {
    if (!FAULTS.has(fault)) throw new Error(`no defect has the fault ${fault}`)
    return this.#fault === fault && isWithin(spot, this.#place)
  }

  /** What a table holds for the fault that goes wrong here, if any. */
  pick<Way>(ways: Readonly<Record<string, Way>>, spot: Spot = {}): Way | undefined {
    return Object.entries(ways).find(([fault]) => this.has(fault, spot))?.[1]
  }
}
