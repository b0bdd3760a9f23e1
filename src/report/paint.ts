import { styleText } from 'node:util'

export type Format = Parameters<typeof styleText>[0]

/** With colours, or without. */
export type Paint = (format: Format, text: string) => string

export const painted: Paint = (format, text) => styleText(format, text, { validateStream: false })
export const plain: Paint = (_, text) => text
