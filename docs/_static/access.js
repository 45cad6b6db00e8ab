// What the theme and the builder leave unnamed, for keyboards and screen readers.
document.addEventListener("DOMContentLoaded", () => {
  for (const summary of document.querySelectorAll("summary")) {
    if (!summary.textContent.trim()) summary.setAttribute("aria-label", "Pages of this section");
  }
  for (const item of document.querySelectorAll('.citation-list[role="list"] > *')) {
    item.setAttribute("role", "listitem");
  }
  for (const box of document.querySelectorAll("div.table, .pst-scrollable-table-container, pre, .output")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  }
});
