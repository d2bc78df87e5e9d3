import type { ComponentChildren } from 'preact'
import { useRef, useState } from 'preact/hooks'

interface DropZoneParts {
  readonly id: string
  /** What is said while a file hovers over it. */
  readonly label: string
  readonly onFiles: (files: readonly [File, ...File[]]) => void
  /** Whether several files may be chosen at once. */
  readonly multiple?: boolean
  /** What lies in it, which may open the dialog that chooses a file. */
  readonly children: (choose: () => void) => ComponentChildren
}

/** A place where files may be dropped, or chosen by the keyboard. */
export function DropZone({ id, label, onFiles, multiple = false, children }: DropZoneParts) {
  const [over, setOver] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const take = (files: FileList | null | undefined) => {
    const [first, ...more] = files ?? []
    if (first) onFiles([first, ...more])
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button within does the same by keyboard
    <div
      class={over ? 'drop drop-over' : 'drop'}
      data-label={label}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        if (!event.dataTransfer?.files.length) return setOver(false)
        event.preventDefault()
        setOver(false)
        take(event.dataTransfer.files)
      }}
    >
      {children(() => input.current?.click())}
      <input
        ref={input}
        id={id}
        type="file"
        multiple={multiple}
        hidden
        tabIndex={-1}
        onChange={(event) => {
          take(event.currentTarget.files)
          event.currentTarget.value = ''
        }}
      />
    </div>
  )
}
