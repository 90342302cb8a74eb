"""English words where a Chinese reader should find none: row 20 of the targets."""

from __future__ import annotations

import re

from playwright.sync_api import Page

ALLOWED = {
    *("pdf", "excel", "xlsx", "csv", "qr", "english", "utc", "sha", "mb", "kb", "ctrl"),
    *("ofd", "doc", "docx", "xls", "ppt", "pptx", "wps", "png", "jpg", "jpeg", "tif", "tiff"),
    *("txt", "zip", "yaml", "am", "pm"),
}
"""File types, units and names of keys; the name of the language in itself."""

CODE = re.compile(
    r"\b[A-Z]{1,4}-[\w.-]+|\b[0-9a-f]{8,}\b|\b[\w.]+@[\w.]+|\bv?\d+(\.\d+)+\b|\{[^}]*\}"
)
"""Numbers of records, clauses and seals, hashes, addresses, versions, fields of a format."""

VISIBLE = """() => {
  const kept = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!e.closest("script, style, template, noscript, [lang=en], code, input, textarea"))
      kept.push(walk.currentNode.data);
  }
  for (const e of document.querySelectorAll("[placeholder], [aria-label], [title]"))
    if (!e.closest("template"))
      kept.push(e.placeholder || "", e.getAttribute("aria-label") || "", e.title || "");
  kept.push(document.title);
  return kept.join("\\n");
}"""
"""All text of the page, also what is in closed menus, hints and for screen readers."""

AMERICAN_DATE = re.compile(r"\b\d{1,2}/\d{1,2}/\d{2,4}\b")


def english(page: Page, typed: tuple[str, ...] = ()) -> list[str]:
    """List the English words of a page.

    :param typed: what people or the policy typed: names of log-ins, titles of files.
    """
    text: str = page.evaluate(VISIBLE)
    for one in typed:
        text = text.replace(one, " ")
    words = re.findall(r"[A-Za-z][A-Za-z'_.]+", CODE.sub(" ", text))
    return sorted({w for w in words if w.strip("._'").lower() not in ALLOWED})


def wrong_dates(page: Page) -> list[str]:
    """List dates that are neither 2026年11月20日 nor 2026-11-20."""
    return AMERICAN_DATE.findall(page.evaluate(VISIBLE))
