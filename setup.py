"""Packages of the server's distribution; everything else is declared in setup.cfg."""

from setuptools import find_packages, setup

# A checkout has the migrations at its top level; site-packages gets them inside the server's
# package, where their common name meets no other distribution's.
setup(
    packages=[
        *find_packages(include=["schema*", "sync_server*"]),
        "sync_server.migrations",
        "sync_server.migrations.versions",
    ],
    package_dir={"sync_server.migrations": "migrations"},
)
