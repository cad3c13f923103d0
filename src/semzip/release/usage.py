"""How a model card says that an adapter is used: code that runs as it stands, in the folder of the release."""

from __future__ import annotations

SEMZIP_LOCAL = """\
From this folder, with `pip install semzip`:

```python
from pathlib import Path

import anyio

from semzip import Passage
from semzip.local import LocalTrainer
from semzip.release import released_adapter

adapter = released_adapter(Path("."))
compressor = anyio.run(LocalTrainer().load, adapter)
short = anyio.run(compressor.compress, Passage("A text that is much longer than it really needs to be."))
print(short.text, short.ratio, short.verdict.passed)
```
"""

SEMZIP_LORA = """\
The code is run from this folder: `hf download REPOSITORY --local-dir .`

With semzip, which checks each answer and gives the text back where one fails (`pip install 'semzip[mlx]'`):

```python
import anyio

from semzip import ChatCompressor, Passage, Verified
from semzip.backends.mlx import MLXChat
from semzip.local import LocalJudge

compressor = Verified(ChatCompressor(MLXChat("{base}", "mlx")), LocalJudge())
text = "In order to open the valve, the operator should turn the red handle to the left until the pressure is below 4 bar."
short = anyio.run(compressor.compress, Passage(text))
print(short.text, short.ratio)
```
"""

USAGE_MLX = """\
With mlx-lm alone (`pip install mlx-lm`); nothing is checked then:

```python
from mlx_lm import generate, load

model, tokenizer = load("{base}", adapter_path="mlx")
text = "In order to open the valve, the operator should turn the red handle to the left until the pressure is below 4 bar."
messages = [
    {{"role": "system", "content": {system}}},
    {{"role": "user", "content": {request} + text}},
]
prompt = tokenizer.apply_chat_template(messages, add_generation_prompt=True, enable_thinking=False)
print(generate(model, tokenizer, prompt, max_tokens=512))
```
"""

PEFT = """\
With PEFT and with vLLM (both need PyTorch; these two are not run by semzip's own tests, which read the converted weights
instead and compare what they compute):

```python
from peft import PeftModel
from transformers import AutoModelForCausalLM

model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained("{base}"), "peft")
```

```sh
vllm serve {base} --enable-lora --max-lora-rank {rank} --lora-modules semzip=./peft
```

The messages are those of the mlx-lm example; `enable_thinking` is off.
"""
