import { visible } from '../text/printable.ts'

/** Markup that was written here, as opposed to text that came from anywhere. */
export class Markup {
  readonly source: string

  constructor(source: string) {
    this.source = source
  }
}

/** What may stand in a template: markup as it is, text and numbers escaped, lists one after the other. */
export type Content = Markup | string | number | readonly Content[]

type Tag = (parts: TemplateStringsArray, ...contents: readonly Content[]) => Markup

const NAMES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
/** Line feeds and tabs too, because an XML parser turns them into blanks in an attribute. */
const XML_NAMES: Readonly<Record<string, string>> = { ...NAMES, '\n': '&#10;', '\t': '&#9;' }

/**
 * HTML with everything escaped that is not itself markup, so that nothing of a target can become markup, move what
 * stands around it, or hide. Attribute values belong between double quotes.
 */
export const html: Tag = tagOf(escapedForHtml)

/** The same for XML. */
export const xml: Tag = tagOf(escapedForXml)

/** Everything in a list, with this text between. */
export function joined(contents: readonly Markup[], between: string): Markup {
  return new Markup(contents.map(({ source }) => source).join(escapedForHtml(between)))
}

/** HTML of a text in which everything between backticks is code. */
export function withCode(text: string): Markup {
  return new Markup(escapedForHtml(text).replace(/`([^`]+)`/g, '<code class="word">$1</code>'))
}

function tagOf(escaped: (text: string) => string): Tag {
  const sourceOf = (content: Content): string => {
    if (content instanceof Markup) return content.source
    return typeof content === 'object' ? content.map(sourceOf).join('') : escaped(String(content))
  }
  return (parts, ...contents) => new Markup(String.raw({ raw: parts }, ...contents.map(sourceOf)))
}

function escapedForHtml(text: string): string {
  return visible(text).replace(/[&<>"]/g, (each) => NAMES[each] ?? each)
}

function escapedForXml(text: string): string {
  return visible(text).replace(/[&<>"\n\t]/g, (each) => XML_NAMES[each] ?? each)
}
