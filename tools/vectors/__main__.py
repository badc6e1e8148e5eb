"""Generator of tests/vectors: `python -m tools.vectors`."""

from tools.vectors.files import FOLDER, texts

if __name__ == "__main__":
    for name, text in texts().items():
        (FOLDER / name).write_text(text, "utf-8")
