"""Generator of typed models: `python -m tools.models models --language kotlin|swift|dart`.

It prints one file; without arguments it writes the files of clients/models.
"""

import argparse

from tools.models.files import LANGUAGES, TARGET, file_name, text_of


def main() -> None:
    """Print one language, or write all files."""
    parser = argparse.ArgumentParser(prog="python -m tools.models", description=__doc__)
    parser.add_argument("command", nargs="?", choices=["models"])
    parser.add_argument("--language", choices=sorted(LANGUAGES))
    language = parser.parse_args().language
    if language:
        print(text_of(language), end="")
        return
    for name in LANGUAGES:
        (TARGET / file_name(name)).write_text(text_of(name), "utf-8")


if __name__ == "__main__":
    main()
