"""Map the four source roots to their packages; all else stands in setup.cfg."""

from setuptools import find_packages, setup

ROOTS = ("core", "addons", "themes", "i18n")
found = {name: root for root in ROOTS for name in find_packages(root)}
setup(
    packages=sorted(found),
    package_dir={name: f"{root}/{name}" for name, root in found.items() if "." not in name},
)
