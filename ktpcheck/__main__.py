"""``python -m ktpcheck``."""

from ktpcheck.cli import main

main(prog_name="ktpcheck")
