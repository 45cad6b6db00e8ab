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
