"""The bots that benchmarks put questions to, each in a process of its own.

`python -m benchmarks.answering NAME ADDRESS SIZE FOLDER` polls the sandbox at ADDRESS, and prints a line once it does. NAME is
`ours`, blogbot's conversation over SIZE posts that it keeps in FOLDER; `echo`, a bare bot; or `stock`, a bare bot that has just
begun a mailing of SIZE.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from telegram import Update
from telegram.ext import AIORateLimiter, Application, ApplicationBuilder, ContextTypes, MessageHandler, filters

from benchmarks.log import quiet
from benchmarks.material import fill
from benchmarks.people import LONGEST
from benchmarks.sandbox import FIRST_CHAT, TOKEN
from blogbot.app.core import open_core
from blogbot.bot.application import UPDATES, create_bot
from blogbot.bot.limiter import Lanes
from blogbot.bot.poller import Poller
from blogbot.bot.processor import ChatsInOrder, handle
from blogbot.bot.request import AiohttpRequest
from blogbot.bot.schedule import Limits
from blogbot.config import only

UNLIMITED = Limits(rate=100_000, spacing=0.0, burst=100_000, group=100_000, group_reserve=0)
"""What is measured is the bot; Telegram's limits, which are slower than any of this, are kept out of the way."""

READY = "ready"


@contextmanager
def answering(name: str, address: str, size: int = 0) -> Iterator[subprocess.Popen[str]]:
    """One of the bots, once it polls. In the end it is killed: nothing of it is needed any more."""
    with tempfile.TemporaryDirectory(prefix="blogbot-bench-") as folder:
        command = [sys.executable, "-m", "benchmarks.answering", name, address, str(size), folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                if process.stdout.readline().strip() != READY:
                    raise RuntimeError(f"the bot {name!r} did not start")
                yield process
            finally:
                process.kill()


async def ours(address: str, size: int, folder: Path) -> None:
    """blogbot's conversation over a store of many posts."""
    settings = only(database_url=f"sqlite:///{folder}/bench.db", feeds_dir=folder / "feeds")
    async with open_core(settings) as core:
        await fill(core, size)
        application = create_bot(
            token=TOKEN,
            api_url=address,
            blog=core.blog,
            audience=core.audience,
            site=core.site,
            clock=core.clock,
            feeds_dir=str(settings.feeds_dir),
            request=AiohttpRequest(),
            updates_request=AiohttpRequest(),
            limiter=Lanes(UNLIMITED),
            processor=ChatsInOrder(),
        )
        async with application:
            await application.start()
            poller = Poller(application.bot, handle(application), allowed_updates=UPDATES)
            _say_ready()
            await poller.run()


async def echo(address: str, _size: int, _folder: Path) -> None:
    """The least that a python-telegram-bot bot can do: everything stock, and no work."""
    async with _polling(Application.builder(), address):
        _say_ready()
        await asyncio.Event().wait()


async def stock(address: str, size: int, _: Path) -> None:
    """The same with python-telegram-bot's own rate limiter (which needs aiolimiter), while it sends a mailing."""
    limiter = AIORateLimiter(max_retries=10)
    builder = Application.builder().rate_limiter(limiter).connection_pool_size(1000).pool_timeout(LONGEST)
    async with _polling(builder, address) as application:
        crowd = range(FIRST_CHAT, FIRST_CHAT + size)
        mailing = asyncio.gather(*(application.bot.send_message(number, "A new article") for number in crowd))
        await asyncio.sleep(1)
        _say_ready()
        await mailing
        await asyncio.Event().wait()


@asynccontextmanager
async def _polling(
    builder: ApplicationBuilder[Any, Any, Any, Any, Any, Any], address: str
) -> AsyncIterator[Application[Any, Any, Any, Any, Any, Any]]:
    async def answer(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        if update.effective_message and update.effective_message.text:
            await update.effective_message.reply_text(update.effective_message.text)

    application = builder.token(TOKEN).base_url(f"{address}/bot").concurrent_updates(True).build()
    application.add_handler(MessageHandler(filters.ALL, answer))
    async with application:
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling()
        yield application


def _say_ready() -> None:
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    quiet()
    bots = {"ours": ours, "echo": echo, "stock": stock}
    asyncio.run(bots[sys.argv[1]](sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])))
