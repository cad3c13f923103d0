"""Structured texts that several test modules read."""

from __future__ import annotations

import random

DIFF = """diff --git a/src/app.py b/src/app.py
index 1111111..2222222 100644
--- a/src/app.py
+++ b/src/app.py
@@ -10,5 +10,6 @@ def load(path):
     with open(path) as file:
-        value = json.load(file)
-    return check(value, strict=True)
+        content = json.load(file)
+    return check(content, strict=True)
+
 # end
 # of it
@@ -40,2 +41,1 @@
-old
 kept
"""


def service_log(lines: int, seed: int = 0) -> str:
    r = random.Random(seed)
    out: list[str] = []
    second = 0.0
    for _ in range(lines):
        second += r.uniform(0.05, 2)
        time = f"2025-07-01T{8 + int(second // 3600):02d}:{int(second // 60) % 60:02d}:{second % 60:06.3f}Z"
        kind = r.random()
        if kind < 0.7:
            out.append(
                f"{time} INFO  [w-{r.randint(1, 9)}] http: GET /v2/users/{r.randint(1, 9999)} 200 {r.randint(1, 900)}ms"
            )
        elif kind < 0.95:
            out.append(
                f"{time} DEBUG [w-{r.randint(1, 9)}] cache: {r.choice(('hit', 'miss'))} key={r.getrandbits(32):08x}"
            )
        else:
            out.append(
                f"{time} ERROR [w-{r.randint(1, 9)}] db: timeout after {r.randint(1, 30)}s, {r.choice(('given up', 'trying again'))}"
            )
    return "\n".join(out) + "\n"
