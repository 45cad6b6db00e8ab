// Saves a file as a download. Nothing else leaves the page.

const DOWNLOAD_DELAY = 30_000; // milliseconds after which a browser has certainly read a download

export function saveBlob(name: string, blob: Blob): void {
  const address = URL.createObjectURL(blob);
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.download = name;
  anchor.hidden = true;
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(address), DOWNLOAD_DELAY);
}

/** What became of a file: whether it is known to be written, or only the browser was asked. */
export type Saving = "written" | "asked" | "cancelled";

/** Whether the page is in a frame, which may not be allowed to save files. */
export function isFramed(): boolean {
  try {
    return window.top !== window.self;
  } catch {
    return true;
  }
}

interface Picked {
  createWritable(): Promise<{ write(text: string): Promise<void>; close(): Promise<void> }>;
}

/**
 * Save a text, and return whether that is certain.
 *
 * A download tells nobody whether a file was written: a frame or a browser may refuse it without a word.
 * A file that the reader chooses is written when it is closed.
 */
export async function saveSurely(name: string, type: string, text: string): Promise<Saving> {
  const pick = (window as { showSaveFilePicker?: (options: object) => Promise<Picked> }).showSaveFilePicker;
  if (pick && !isFramed()) {
    try {
      const file = await (await pick({ suggestedName: name })).createWritable();
      await file.write(text);
      await file.close();
      return "written";
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return "cancelled";
      // Not allowed here, or the disk is full: the browser may do it its own way.
    }
  }
  saveText(name, type, text);
  return "asked";
}

export function saveText(name: string, type: string, text: string): void {
  saveBlob(name, new Blob([text], { type: `${type};charset=utf-8` }));
}

/** Make a file name that every file system accepts out of a title. */
export function fileName(title: string, suffix: string): string {
  const plain = title
    .normalize("NFKD")
    .replace(/[^\w.-]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "")
    .slice(0, 60)
    .toLowerCase();
  return `${plain || "links"}.${suffix}`;
}
