"""`python -m cogml` is the command `cogml`."""

from cogml.cli import main

if __name__ == "__main__":
    main()
