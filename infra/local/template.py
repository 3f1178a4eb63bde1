"""From template.yaml to what is deployed locally: the same template, its code already built.

Runs inside the emulator's environment (PyYAML).
"""

from __future__ import annotations

import json
import os
import pathlib
import platform
import shutil
import subprocess
from typing import Any

import yaml

import places
from children import Problem


class Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms as their long ones: !Ref x is {"Ref": "x"}."""


def _short_form(loader: Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", _short_form)


def read(path: pathlib.Path = places.ROOT / "template.yaml") -> dict[str, Any]:
    return yaml.load(path.read_text(), Loader)  # noqa: S506 (a SafeLoader with CloudFormation's tags)


def host_architecture() -> str:
    return "arm64" if platform.machine().lower() in ("arm64", "aarch64") else "x86_64"


def prepare_code(function: str) -> pathlib.Path:
    """lambda/<function>/bootstrap, as `sam build` leaves it: the debug binary without its symbols."""
    binary = places.BINARIES / function
    if not binary.is_file():
        raise Problem(f"{binary} is missing: run `make build` first")
    folder = places.LAMBDA / function
    bootstrap = folder / "bootstrap"
    if bootstrap.is_file() and bootstrap.stat().st_mtime >= binary.stat().st_mtime:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / "bootstrap.part"
    strip = shutil.which("strip")
    # Only a smaller upload: without strip, or where it fails, the binary goes as it is.
    if not strip or subprocess.run([strip, "-o", part, binary], capture_output=True, check=False).returncode != 0:
        shutil.copyfile(binary, part)
    part.chmod(0o755)
    os.utime(part)
    part.replace(bootstrap)
    return folder


def binary_of(resource: dict[str, Any]) -> str:
    return resource["Metadata"]["BuildProperties"]["Binary"]


def write_deployable(into: pathlib.Path, code: dict[str, pathlib.Path]) -> dict[str, Any]:
    """Writes the template with each function's prepared code in place of its source, and returns it."""
    template = read()
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = str(code[binary_of(resource)])
            # Built already: what is left would make `sam deploy` look for a builder.
            del resource["Metadata"]
    into.write_text(json.dumps(template, indent=1))
    return template
