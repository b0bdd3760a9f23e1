import { BlockList, isIP } from 'node:net'

/**
 * Whether a list such as that of `NO_PROXY` covers a target, as curl and Go read it: names with their subdomains, with
 * or without a dot or `*.` before them, addresses, networks (`10.0.0.0/8`), each with or without a port, `*` for all.
 *
 * @param host lowercase, an IPv6 address without brackets
 */
export function isExempt(host: string, port: number, list: string): boolean {
  return entriesOf(list).some((entry) => covers(entry, host, port))
}

/** The entries of a list, between commas or blanks. */
export function entriesOf(list: string): string[] {
  return list.split(/[\s,]+/).filter((entry) => entry !== '')
}

function covers(entry: string, host: string, port: number): boolean {
  if (entry === '*') return true
  const [, bracketed, plain, ofPort] = /^(?:\[([^\]]*)\]|([^:]*|.*:.*:.*))(?::(\d+))?$/.exec(entry.toLowerCase()) ?? []
  if (ofPort !== undefined && Number(ofPort) !== port) return false
  const name = (bracketed ?? plain ?? '').replace(/^\*?\./, '').replace(/\.$/, '')
  if (name === '') return false
  const family = isIP(host)
  if (family === 0) return host === name || host.endsWith(`.${name}`)
  return inNetwork(host, family, name)
}

function inNetwork(address: string, family: number, text: string): boolean {
  const [network = '', bits] = text.split('/')
  if (isIP(network) !== family) return false
  const longest = family === 4 ? 32 : 128
  const prefix = bits === undefined ? longest : Number(bits)
  if (!(Number.isInteger(prefix) && prefix >= 0 && prefix <= longest)) return false
  const list = new BlockList()
  const kind = family === 4 ? 'ipv4' : 'ipv6'
  list.addSubnet(network, prefix, kind)
  return list.check(address, kind)
}
