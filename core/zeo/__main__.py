"""``python -m zeo``."""

from zeo.cli import main

if __name__ == "__main__":
    main(prog_name="zeo")
