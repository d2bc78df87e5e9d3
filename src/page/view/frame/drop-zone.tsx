import type { ComponentChildren } from 'preact'
import { useRef, useState } from 'preact/hooks'

interface DropZoneParts {
  readonly id: string
  /** What is said while a file hovers over it. */
  readonly label: string
  readonly onFile: (file: File) => void
  /** What lies in it, which may open the dialog that chooses a file. */
  readonly children: (choose: () => void) => ComponentChildren
}

/** A place where one file may be dropped, or chosen by the keyboard. */
export function DropZone({ id, label, onFile, children }: DropZoneParts) {
  const [over, setOver] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const take = (files: FileList | null | undefined) => {
    const file = files?.[0]
    if (file) onFile(file)
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
