"""Packs folders as deployment packages: `pack.py FOLDER...` writes FOLDER.zip next to each.

SAM would compress them, twice per start: most of what a deployment takes with unoptimized binaries, and all for nothing on one machine.
"""

import os
import sys
import zipfile

for folder in sys.argv[1:]:
    with zipfile.ZipFile(folder + ".zip", "w", zipfile.ZIP_STORED) as package:
        for name in sorted(os.listdir(folder)):
            package.write(os.path.join(folder, name), name)
