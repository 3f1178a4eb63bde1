"""axe-core, which looks for what people with a screen reader or without a mouse stumble over.

Fetched once from the npm registry into target/axe, in exactly this version; never in the tree and never shipped (it is
under MPL-2.0). NPM_CONFIG_REGISTRY names another registry, as for npm.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import pathlib
import tarfile
import urllib.error
import urllib.request
from typing import Any

VERSION = "4.14.1"
SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
MEMBER = "package/axe.min.js"
BYTES_MAX = 20_000_000
# What WCAG 2.2 AA asks for, and what axe's authors call good practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOK = """
const done = axe.run(document, {runOnly: {type: 'tag', values: %s}, resultTypes: ['violations']});
return done.then(result => result.violations.map(v => v.id + ': ' + v.help + ': ' + v.nodes.map(n => n.html.slice(0, 160)).join(' | ')));
"""


class NoAxe(Exception):
    """It can't be had; the message says why."""


def source(target: pathlib.Path) -> str:
    """The library's text, fetched where it isn't there yet."""
    kept = target / "axe" / f"axe-{VERSION}.min.js"
    if not kept.is_file():
        registry = os.environ.get("NPM_CONFIG_REGISTRY", "https://registry.npmjs.org").rstrip("/")
        try:
            with urllib.request.urlopen(f"{registry}/axe-core/-/axe-core-{VERSION}.tgz", timeout=60) as answer:
                package = answer.read(BYTES_MAX)
        except (urllib.error.URLError, TimeoutError, OSError) as error:
            raise NoAxe(f"axe-core {VERSION} can't be fetched from {registry}: {error}") from None
        if base64.b64encode(hashlib.sha512(package).digest()).decode() != SHA512:
            raise NoAxe(f"axe-core {VERSION} from {registry} isn't what its checksum says")
        with tarfile.open(fileobj=io.BytesIO(package)) as files:
            member = files.extractfile(MEMBER)
            if member is None:
                raise NoAxe(f"axe-core {VERSION} has no {MEMBER}")
            text = member.read()
        kept.parent.mkdir(parents=True, exist_ok=True)
        # Last, so that an interrupted run fetches again.
        kept.with_suffix(".new").write_bytes(text)
        kept.with_suffix(".new").replace(kept)
    return kept.read_text(encoding="utf-8")


def violations(browser: Any, library: str) -> list[str]:
    """What axe finds on the page that is open, in its words."""
    return browser.script(f"{library}\n{LOOK % RULES}")
