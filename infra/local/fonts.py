#!/usr/bin/env python3
"""Fetches the fonts of the proof of shipment: python3 infra/local/fonts.py --into target/fonts

The fonts are Noto Sans under the SIL Open Font License 1.1. They come from pinned wheels of the package index that
pip is set up for; nothing is committed. What arrives is checked against the SHA-256 below, so a build never carries
a font that somebody swapped. A second run only checks the files. Python 3.10+, standard library only.
"""

import argparse
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile
import venv
import zipfile

# stable name -> (wheel, path inside it, SHA-256 of the font, licence inside the wheel)
FONTS = {
    "noto-sans.ttf": (
        "fontpkg-noto-sans==2.15",
        "fontpkg_noto_sans/files/NotoSans[wdth,wght].ttf",
        "bfb7bb691513f12e734dc346c03a03f784912432d7e3fa8e56efcf906fe86b3d",
        "fontpkg_noto_sans/LICENSE",
    ),
    "noto-sans-hebrew.ttf": (
        "pylopdf-fonts-he==0.1.1",
        "pylopdf_fonts_he/NotoSansHebrew-Variable.ttf",
        "7ef36a2c3593758cdb622e1bdef4f84523e92fbc3ccc667438dd80ff54c2de88",
        "pylopdf_fonts_he-0.1.1.dist-info/licenses/LICENSE",
    ),
    "noto-sans-arabic.ttf": (
        "fontpkg-noto-sans-arabic==2.12",
        "fontpkg_noto_sans_arabic/files/NotoSansArabic[wdth,wght].ttf",
        "63111b5b2e074dd48cc67692e0a2726d86ee94c1c37fe8598257b7b4e87e869e",
        "fontpkg_noto_sans_arabic/LICENSE",
    ),
    "noto-sans-thai.ttf": (
        "fontpkg-noto-sans-thai==2.2",
        "fontpkg_noto_sans_thai/files/NotoSansThai[wdth,wght].ttf",
        "5a1c559bb539583c8a1fd99d1c5b9491e5e14478c9cd2bd0970d5c3096cc9ef8",
        "fontpkg_noto_sans_thai/LICENSE",
    ),
    "noto-sans-sc.otf": (
        "pylopdf-fonts-zh-cn==0.1.1",
        "pylopdf_fonts_zh_cn/NotoSansSC-Regular.otf",
        "faa6c9df652116dde789d351359f3d7e5d2285a2b2a1f04a2d7244df706d5ea9",
        "pylopdf_fonts_zh_cn-0.1.1.dist-info/licenses/LICENSE",
    ),
    "noto-sans-jp.otf": (
        "pylopdf-fonts-jp==0.1.1",
        "pylopdf_fonts_jp/NotoSansJP-Regular.otf",
        "dff723ba59d57d136764a04b9b2d03205544f7cd785a711442d6d2d085ac5073",
        "pylopdf_fonts_jp-0.1.1.dist-info/licenses/LICENSE",
    ),
    "noto-sans-kr.otf": (
        "pylopdf-fonts-ko==0.1.1",
        "pylopdf_fonts_ko/NotoSansKR-Regular.otf",
        "69975a0ac8472717870aefeab0a4d52739308d90856b9955313b2ad5e0148d68",
        "pylopdf_fonts_ko-0.1.1.dist-info/licenses/LICENSE",
    ),
}


class Problem(Exception):
    """Something the user has to know, in a sentence."""


def licence_of(name: str) -> str:
    return f"{pathlib.PurePath(name).stem}.OFL.txt"


def in_place(folder: pathlib.Path, name: str) -> bool:
    font = folder / name
    if not font.is_file() or not (folder / licence_of(name)).is_file():
        return False
    return hashlib.sha256(font.read_bytes()).hexdigest() == FONTS[name][2]


def write(path: pathlib.Path, data: bytes) -> None:
    """Whole or not at all: a build that runs meanwhile never sees half a font."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(data)
    part.replace(path)


def python_with_pip(scratch: pathlib.Path) -> str:
    """This Python where it has pip, else one in a throw-away environment (Debian's Python comes without)."""
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0:
        return sys.executable
    home = scratch / "venv"
    try:
        venv.create(home, with_pip=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Problem(f"{sys.executable} has no pip and no usable venv ({error}): install python3-venv or python3-pip")
    inside = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return str(home.joinpath(*inside))


def download(wheels: list[str], scratch: pathlib.Path) -> list[pathlib.Path]:
    command = [python_with_pip(scratch), "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary", ":all:", "--dest", str(scratch / "wheels"), *wheels]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise Problem(f"pip could not download {', '.join(wheels)}:\n{result.stderr.strip()}")
    return sorted((scratch / "wheels").glob("*.whl"))


def unpack(name: str, wheels: list[pathlib.Path], folder: pathlib.Path) -> None:
    requirement, font, digest, licence = FONTS[name]
    prefix = requirement.split("==")[0].replace("-", "_") + "-"
    wheel = next((wheel for wheel in wheels if wheel.name.startswith(prefix)), None)
    if wheel is None:
        raise Problem(f"pip downloaded no wheel of {requirement}")
    with zipfile.ZipFile(wheel) as archive:
        try:
            data, terms = archive.read(font), archive.read(licence)
        except KeyError as error:
            raise Problem(f"{wheel.name} is not what it was: {error}")
    found = hashlib.sha256(data).hexdigest()
    if found != digest:
        raise Problem(f"{font} of {requirement} has SHA-256 {found}, expected {digest}: not using it")
    write(folder / licence_of(name), terms)
    write(folder / name, data)


def fetch(folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [name for name in FONTS if not in_place(folder, name)]
    if wanted:
        with tempfile.TemporaryDirectory(prefix="tallyman-fonts-") as scratch:
            wheels = download([FONTS[name][0] for name in wanted], pathlib.Path(scratch))
            for name in wanted:
                unpack(name, wheels, folder)
    fetched = f"fetched {len(wanted)}" if wanted else "all there"
    print(f"fonts: {len(FONTS)} in {folder}, {fetched}, SHA-256 checked")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=pathlib.Path, default=pathlib.Path("target/fonts"), help="folder for the fonts")
    try:
        fetch(parser.parse_args().into)
    except (Problem, OSError, zipfile.BadZipFile) as problem:
        print(f"fonts: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
