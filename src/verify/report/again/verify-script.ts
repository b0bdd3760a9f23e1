import { printable } from '../../../text/printable.ts'
import { quoted } from '../../../text/quoted.ts'
import { chapterOf } from '../../criteria.ts'
import { DEFAULTS } from '../../defaults.ts'
import type { RuleResult, VerifyResult } from '../result.ts'

/**
 * A script that has `phota-mock verify` try one rule again, and says whether it is still broken.
 *
 * @param why curl alone will not do
 */
export function verifyScript(rule: RuleResult, result: VerifyResult, why: string): string {
  const { base, url, control, retentionMs } = result.target
  const place = base ?? url
  const id = rule.id.replaceAll('.', '\\.')
  const options = [
    `--only ${namesOf(rule, result).join(',')}`,
    // A control API on the target's own origin is found again, also for another PHOTA_URL.
    ...(control === null
      ? ['--control none']
      : control === new URL(place).origin
        ? []
        : [`--control ${quoted(control)}`]),
    ...(retentionMs === DEFAULTS.retentionMs ? [] : [`--retention ${retentionMs}ms`]),
    '--json',
  ]
  return `#!/bin/sh
# ${rule.id}: ${printable(rule.text)}
#
# Has phota-mock look at the rule again, because curl alone cannot: ${printable(why)}.
# Environment: PHOTA_KEY, PHOTA_OTHER_KEY, PHOTA_BROKE_KEY where there is no control API;
# PHOTA_URL (another place to ask); PHOTA_MOCK (how phota-mock is called, "npx phota-mock" if not set).
# Further options of verify can be given: sh ${rule.id}.sh --max-spend 1
# Exit: 0 it is gone, 1 it is still there, 2 it could not be told.
set -eu
base=${quoted(place)}
PHOTA_URL=\${PHOTA_URL:-$base}
case $PHOTA_URL in
  http://* | https://*) ;;
  *)
    echo 'could not tell: PHOTA_URL expects an http or https URL' >&2
    exit 2
    ;;
esac
out=$(mktemp)
trap 'rm -f "$out"' EXIT
trap 'exit 2' HUP INT TERM
# Its words are to be split, so it is not quoted. What verify exits with is of all rules; the verdict is of this one.
\${PHOTA_MOCK:-npx phota-mock} verify "$PHOTA_URL" ${options.join(' ')} "$@" >"$out" || :
verdict=$(sed -n '/^ *"id": "${id}",$/{n;s/^ *"verdict": "\\([a-z]*\\)".*/\\1/p;}' "$out" | head -n 1)
sed -n '/^ *"id": "${id}",$/,/^ *"exchanges": /{
  s/^ *"expected": "\\(.*\\)",\\{0,1\\}$/expected \\1/p
  s/^ *"seen": "\\(.*\\)",\\{0,1\\}$/seen     \\1/p
  s/^      "reason": "\\(.*\\)",\\{0,1\\}$/reason   \\1/p
}' "$out" | sed 's/\\\\"/"/g'
case $verdict in
  failed)
    echo '${rule.id} is still broken'
    exit 1
    ;;
  passed | partial | note)
    echo "${rule.id} is not broken any more: $verdict"
    ;;
  *)
    echo "could not tell: \${verdict:-phota-mock verify did not run}" >&2
    exit 2
    ;;
esac
`
}

/** A shape is checked on the exchanges of other rules, so those are tried too. */
function namesOf(rule: RuleResult, { rules }: VerifyResult): string[] {
  if (chapterOf(rule.id) !== 'shape') return [rule.id]
  const shown = rule.breaches.map(({ exchange }) => exchange)
  const others = rules.filter(
    ({ id, exchanges }) => chapterOf(id) !== 'shape' && exchanges.some((each) => shown.includes(each)),
  )
  return [rule.id, ...others.map(({ id }) => id)]
}
