"""The packages in thirdparty/ are installed by a test of their own; what else is installed plays no part."""

import os

collect_ignore = ["thirdparty"]

os.environ["ZEO_PLUGINS"] = ""
