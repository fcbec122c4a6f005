"""The packages in thirdparty/ are installed by a test of their own; what else is installed, or was added to
the reference of nets, plays no part."""

import os
import signal
import tempfile
from pathlib import Path

from hypothesis import settings

collect_ignore = ["thirdparty"]

os.environ["ZEO_PLUGINS"] = ""

os.environ["ZEO_REFERENCE"] = str(Path(tempfile.gettempdir()) / "zeo-tests-without-additions")

settings.register_profile("zeo", deadline=None)  # no test is timed
settings.load_profile("zeo")

# A shell has what it puts in the background ignore Ctrl-C, and so would all processes that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# pytest-xdist tells its workers the width of the terminal; tables have the width that a test asks for.
os.environ.pop("COLUMNS", None)
