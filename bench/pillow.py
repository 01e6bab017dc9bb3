"""Decodes and resizes pictures with Pillow, for bench/InputStep.cs.

First line of standard input: a JSON list of [file, width, height]. Then a line for each round, "decode" or "ready" (decode and resize); the answer is
the seconds that it took by the clock and of the processor.
"""
import io
import json
import sys
import time

import PIL
from PIL import Image

wanted = [(open(file, "rb").read(), (width, height)) for file, width, height in json.loads(sys.stdin.readline())]
print(PIL.__version__, flush=True)
for line in sys.stdin:
    clock, processor = time.perf_counter(), time.process_time()
    for encoded, size in wanted:
        picture = Image.open(io.BytesIO(encoded)).convert("RGB")
        if line.strip() == "ready":
            picture.resize(size, Image.BICUBIC)
    print(time.perf_counter() - clock, time.process_time() - processor, flush=True)
