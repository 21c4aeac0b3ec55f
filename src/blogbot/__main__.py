"""`python -m blogbot` is the `blogbot` command."""

from blogbot.cli import main

if __name__ == "__main__":
    main()
