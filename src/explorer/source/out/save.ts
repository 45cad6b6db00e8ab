// Hands a file to the reader: nothing leaves the page but by their own download.

const SETTLED = 30_000; // milliseconds until a browser has surely taken a download

export function saveBlob(name: string, blob: Blob): void {
  const address = URL.createObjectURL(blob);
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.download = name;
  anchor.hidden = true;
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(address), SETTLED);
}

export function saveText(name: string, type: string, text: string): void {
  saveBlob(name, new Blob([text], { type: `${type};charset=utf-8` }));
}

/** A name that every file system takes, made of a title. */
export function fileName(title: string, suffix: string): string {
  const plain = title
    .normalize("NFKD")
    .replace(/[^\w.-]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "")
    .slice(0, 60)
    .toLowerCase();
  return `${plain || "links"}.${suffix}`;
}
