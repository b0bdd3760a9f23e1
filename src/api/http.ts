/** A request as every door hands it over. */
export interface ApiRequest {
  method: string
  /** From the API's base path on, still percent-encoded, without the query. */
  path: string
  /** Without the `?`; empty if there is none. */
  query: string
  /** A header's value, by its name in lowercase; `null` if it has none. */
  header: (name: string) => string | null
  /** The origin that the client used, if the URLs of files may follow it; `null` if they keep to the host's own. */
  origin: string | null
  /** The raw bytes; `null` if there are none; `'too-large'` if a door stopped reading at `MAX_BODY_BYTES`. */
  body: Uint8Array | 'too-large' | null
  /** Hex SHA-256 of a long body, if the door took it while it read; else `null`. */
  bodySha256: string | null
  /** Whether the client is gone, so that nobody will read the answer. */
  hasLeft: () => boolean
}

/** The header by which a request brings a scenario for itself alone. */
export const SCENARIO_HEADER = 'x-mock-scenario'

/** An answer as every door sends it. Header names are lowercase. */
export interface ApiResponse {
  status: number
  headers: Record<string, string>
  body: string | Uint8Array
  /** What goes wrong with it on its way. */
  wire?: WireFault
}

/** What a door does to an answer instead of sending it as it is. */
export interface WireFault {
  /** `null` only delays it. */
  connection: 'drop' | 'truncate' | 'trickle' | null
  /** Real time that it is held back; for `trickle`, that it takes. */
  latencyMs: number
}

export const MAX_BODY_BYTES: number = 64 * 1024 * 1024
