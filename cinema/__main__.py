"""`python -m cinema`."""

from cinema.faces.cli import main

main()
