import type { JSX } from 'preact'

/** Thumbnails that lead to the whole images. */
export function ResultImages({ urls }: { urls: readonly string[] }): JSX.Element {
  return (
    <div class="images">
      {urls.map((url, i) => (
        <a key={url} href={url} target="_blank" rel="noreferrer">
          <img src={url} alt={`Result ${i + 1} of ${urls.length}`} loading="lazy" />
        </a>
      ))}
    </div>
  )
}
