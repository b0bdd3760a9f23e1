import { NotImplemented } from '../../api/interruptions.ts'

/** Pictures cannot be encoded here, because the optional package sharp cannot be loaded. Everything else works. */
export class NoEncoder extends NotImplemented {
  override readonly name: string = 'NoEncoder'

  /** @param cause what the import of sharp failed with */
  constructor(cause: unknown) {
    const [why = ''] = (cause as Error).message.split('\n')
    super(
      'phota-mock draws pictures with the optional package sharp, which cannot be loaded here: ' +
        `${why}. To have pictures: npm install sharp`,
      { cause },
    )
  }
}
