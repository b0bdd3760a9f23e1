/** As in `engines` of package.json. */
const OLDEST = [22, 13] as const

/** What to tell somebody whose Node is too old; `null` if it is not. @param version such as `20.20.2` */
export function nodeProblem(version: string): string | null {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return null
  return `phota-mock needs Node ${OLDEST.join('.')} or newer; this is ${version}.`
}
