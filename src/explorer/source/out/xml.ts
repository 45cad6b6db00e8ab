// Text for XML, in elements and in attributes.

// Characters outside the production Char of XML 1.0: most controls, halves of surrogate pairs, two others.
const UNCARRIED = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

// Text that looks like an escape is escaped as well, so that the two can be told apart.
const REVERSIBLE = new RegExp(`${UNCARRIED.source}|_(?=x[0-9A-F]{4}_)`, "g");

/** Write characters that XML cannot carry as _xHHHH_, like the plain profile of the Python package. */
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
