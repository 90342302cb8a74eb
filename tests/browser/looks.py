"""What a page must not do, asked of the page itself: scroll sideways, clip, overlap, hide a target."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

TOUCH = 44
"""Smallest height of what a finger must hit, CSS pixels."""

SHOWN = r"""
  const fixed = (e) => { for (; e; e = e.parentElement)
    if (["fixed", "sticky"].includes(getComputedStyle(e).position)) return true;
    return false; };
  // for the ears only: shrunk to a pixel; or behind an open dialog
  const open = document.querySelector("dialog[open]");
  const shown = (e) => {
    if (!e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) return false;
    if (open && !open.contains(e)) return false;
    for (let a = e; a; a = a.parentElement) {
      const r = a.getBoundingClientRect();
      const style = getComputedStyle(a);
      if (r.width <= 1 && r.height <= 1 && style.overflow !== "visible") return false;
      if (style.clipPath === "inset(50%)") return false;
    }
    return !e.closest(".skip");
  };
"""

CLIPPED = (
    "() => {"
    + SHOWN
    + r"""
  const found = [];
  const name = (e) => e.tagName.toLowerCase() + (e.className && e.className.baseVal === undefined
    ? "." + String(e.className).trim().split(/\s+/).join(".") : "")
    + " «" + (e.innerText || "").trim().slice(0, 40) + "»";
  for (const e of document.querySelectorAll("body *")) {
    if (!shown(e) || !(e.innerText || "").trim() || e.closest("svg")) continue;
    const style = getComputedStyle(e);
    const hides = (way) => ["hidden", "clip"].includes(way) && style.display !== "inline";
    // text cut by three dots is meant where a title gives the whole
    const told = style.textOverflow === "ellipsis" && (e.title || e.closest("[title]"));
    if (!told && hides(style.overflowX) && e.scrollWidth > e.clientWidth + 1)
      found.push(`clipped: ${name(e)} ${e.scrollWidth} > ${e.clientWidth}`);
    if (hides(style.overflowY) && e.scrollHeight > e.clientHeight + 2 && !style.webkitLineClamp)
      found.push(`clipped below: ${name(e)} ${e.scrollHeight} > ${e.clientHeight}`);
  }
  return found;
}"""
)

OVERLAPPING = (
    "() => {"
    + SHOWN
    + r"""
  const found = [];
  // what is left of a box after everything around it has cut it
  const seen = (r, e) => {
    let { left, top, right, bottom } = r;
    for (; e; e = e.parentElement) {
      if (getComputedStyle(e).overflowX === "visible") continue;
      const b = e.getBoundingClientRect();
      left = Math.max(left, b.left); right = Math.min(right, b.right);
      top = Math.max(top, b.top); bottom = Math.min(bottom, b.bottom);
    }
    return { left, top, right, bottom, width: right - left, height: bottom - top };
  };
  const leaves = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode, parent = node.parentElement;
    if (!node.data.trim() || !shown(parent)) continue;
    // a bar that stays on the screen lies over what scrolls under it
    if (parent.closest("script, style, template") || (!open && fixed(parent))) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const whole of range.getClientRects()) {
      const r = seen(whole, parent);
      if (r.width > 1 && r.height > 1) leaves.push([r, node.data.trim().slice(0, 30), parent]);
    }
  }
  const inset = 2;
  for (let i = 0; i < leaves.length; i++) for (let k = i + 1; k < leaves.length; k++) {
    const [a, s, p] = leaves[i], [b, t, q] = leaves[k];
    if (p === q || p.contains(q) || q.contains(p)) continue;
    const w = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const h = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    // line boxes of neighbouring lines touch; letters do not
    if (w > inset && h > Math.min(a.height, b.height) * 0.4) found.push(`«${s}» over «${t}»`);
  }
  return found;
}"""
)

SMALL_TARGETS = (
    "(least) => {"
    + SHOWN
    + r"""
  const found = [];
  const acts = "button, a.btn, summary, .tabs a, .side a, .starts a, .counters a, .menu-pop a,"
    + " select, input:not([type=hidden]):not([type=checkbox]):not([type=radio]), .seg label";
  for (const e of document.querySelectorAll(acts)) {
    // what stands inside a larger target (a label, a drop zone) is hit through it
    if (!shown(e)) continue;
    const around = e.closest("label, .drop, .searchbox") || e;
    const box = around.getBoundingClientRect();
    if (box.width < 1 || box.height < 1) continue;
    const style = getComputedStyle(e, "::after");
    const reach = style.content !== "none" && style.position === "absolute"
      ? parseFloat(style.height) || 0 : 0;
    if (Math.max(box.height, reach) < least - 0.5)
      found.push(`${e.tagName.toLowerCase()}.${e.className} «${(e.innerText || e.ariaLabel
        || e.name || "").trim().slice(0, 30)}» ${Math.round(box.width)}x${Math.round(box.height)}`);
  }
  return found;
}"""
)

OUTSIDE = r"""() => {
  const wide = document.documentElement.clientWidth;
  return [...document.querySelectorAll("main *")].filter((e) => {
    const r = e.getBoundingClientRect();
    return r.width && r.right > wide + 1 && !e.closest(".tablewrap, .vh")
      && e.checkVisibility({ checkVisibilityCSS: true });
  }).slice(0, 5).map((e) => `${e.tagName}.${e.className} ends at ${
    Math.round(e.getBoundingClientRect().right)} of ${wide}`);
}"""


def faults(page: Page, *, phone: bool) -> list[str]:
    """List what a reader of the page would complain about."""
    found: list[str] = []
    width, view = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    if width > view:
        found.append(f"scrolls sideways: {width} > {view}")
        found += page.evaluate(OUTSIDE)
    found += page.evaluate(CLIPPED)
    found += page.evaluate(OVERLAPPING)
    if phone:
        found += [f"small target: {t}" for t in page.evaluate(SMALL_TARGETS, TOUCH)]
    return found


def axe_script() -> str:
    """Read axe-core as its package from PyPI brings it."""
    spec = find_spec("axe_core_python")
    if spec is None or not spec.submodule_search_locations:
        raise LookupError("axe-core-python is not installed: pip install 'zhidu[test]'")
    return (Path(spec.submodule_search_locations[0]) / "axe.min.js").read_text("utf-8")


def barriers(page: Page) -> list[str]:
    """List what axe-core calls serious or critical, each with the first places."""
    # by the debugger, not by a tag: the page's own policy forbids foreign scripts
    page.evaluate(axe_script())
    result: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{v['impact']}: {v['id']}: {v['help']}: "
        + "; ".join(
            f"{node['target'][0]} {node['failureSummary'].splitlines()[1:2]}"
            for node in v["nodes"][:3]
        )
        for v in result["violations"]
        if v["impact"] in ("serious", "critical")
    ]
