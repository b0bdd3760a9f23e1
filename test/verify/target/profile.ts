/** A trained identity, or one that is being trained. */
export interface Profile {
  readonly id: string
  readonly tag: string | null
  /** Reserved until the training ends. */
  held: number
  status: 'VALIDATING' | 'QUEUING' | 'IN_PROGRESS' | 'READY' | 'ERROR' | 'INACTIVE'
  message: string
  cancel: (() => void)[]
}
