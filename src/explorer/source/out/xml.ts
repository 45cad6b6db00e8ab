// Text as XML has it, in elements and in attributes.

// Outside the production Char of XML 1.0: most controls, halves of surrogate pairs, two others.
const UNCARRIED = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

export function escaped(value: string): string {
  return value
    .replace(UNCARRIED, "\ufffd")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
    .replace(/\r/g, "&#13;");
}
