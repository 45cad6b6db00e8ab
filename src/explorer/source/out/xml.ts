// Text as XML has it, in elements and in attributes.

// Outside the production Char of XML 1.0: most controls, halves of surrogate pairs, two others.
const UNCARRIED = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

// So is text that looks like an escape, that it may be told from one.
const REVERSIBLE = new RegExp(`${UNCARRIED.source}|_(?=x[0-9A-F]{4}_)`, "g");

/** Write what XML cannot carry as _xHHHH_, as the plain profile of the Python package does. */
export function reversible(value: string): string {
  return value.replace(REVERSIBLE, (found) => `_x${found.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}_`);
}

export function escaped(value: string): string {
  return value
    .replace(UNCARRIED, "\ufffd")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
    .replace(/\r/g, "&#13;");
}
