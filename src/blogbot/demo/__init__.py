"""Everything in one process on one port, with sample content and a Telegram of its own. Nothing is kept afterwards."""

from blogbot.demo.demo import run_demo

__all__ = ["run_demo"]
