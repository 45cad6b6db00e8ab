"""The command line, as ``python -m hummgraph``."""

from hummgraph.cli import main

if __name__ == "__main__":
    main()
