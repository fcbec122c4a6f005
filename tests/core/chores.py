"""Work for the processes of test_parallel, which import it from its folder."""

from __future__ import annotations

import gc
import os
import signal
import struct
import threading
import time
from collections.abc import Callable
from multiprocessing.queues import SimpleQueue
from pathlib import Path


def wait_for(file: Path) -> None:
    deadline = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < deadline, f"{file.name} never came"
        time.sleep(0.01)


def follow(folder: Path, name: str, after: str | None) -> str:
    """Work on an item that can only be done once another one is."""
    if after is not None:
        wait_for(folder / after)
    (folder / name).touch()
    return name


def following(folder: Path) -> Callable[[tuple[str, str | None]], str]:
    return lambda item: follow(folder, *item)


def killing(folder: Path, kills: int) -> Callable[[int], int]:
    """Work that kills its process the first few times that it is done on item 0."""

    def work(item: int) -> int:
        with (folder / str(item)).open("a") as tries:
            tries.write(".")
        if item == 0 and (folder / "0").stat().st_size <= kills:
            os.kill(os.getpid(), signal.SIGKILL)
        return item * item

    return work


def reporting(folder: Path) -> Callable[[int], tuple[int, int]]:
    return lambda item: (os.getpid(), item * item)


def dying_half_way(file: Path) -> Callable[[int], int]:
    """Work that the first time is killed while the process is sending the result of it."""

    def work(item: int) -> int:
        if not file.exists():
            file.touch()
            queues = [o for o in gc.get_objects() if isinstance(o, SimpleQueue)]
            for queue in queues:
                queue._wlock.acquire()
                os.write(queue._writer.fileno(), struct.pack("!i", 1000) + b"half")
            os.kill(os.getpid(), signal.SIGKILL)
        return -item

    return work


class Unreadable:
    """What is sent, and cannot be read where it arrives."""

    def __reduce__(self) -> tuple[Callable[[], None], tuple[()]]:
        return _refuse, ()


def _refuse() -> None:
    raise ValueError("unreadable here")


def unreadable() -> Callable[[int], object]:
    """Work whose results on items 1 and 2 never get through: unreadable, and impossible to send."""
    return lambda item: {1: Unreadable(), 2: threading.Lock()}.get(item, item)
