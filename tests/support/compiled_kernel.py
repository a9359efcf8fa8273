"""A child's part of the fused kernel's tests: Triton's compiler needs no GPU to compile for one.

Arguments: compute capability (such as 90), then the numbers of the tiles. Prints, as JSON, for every tile the shared
memory in bytes and the tensor-core instructions.
"""

from __future__ import annotations

import json
import re
import sys

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from segmentation.kernels.malleable_kernel import COMPILER_OPTIONS, TILES, _malleable

HALF, SINGLE = "*fp16", "*fp32"
TYPES = {
    **dict.fromkeys(("x_ptr", "weights_ptr", "bias_ptr", "output_ptr"), HALF),
    **dict.fromkeys(("depth_ptr", "focal_ptr", "scalars_ptr"), SINGLE),
    "step_px": "fp32",
}
WINDOW = {"KERNELS": 3, "TAP_ROWS": 3, "TAP_COLUMNS": 3, "STRIDE_Y": 1, "STRIDE_X": 1, "PADDING_Y": 1, "PADDING_X": 1}
OTHERS = {"DILATION_Y": 1, "DILATION_X": 1, "HAS_BIAS": True, "FARTHEST": 64.0, "SMALLEST": 1e-6, "CHANNELS": 32}
MULTIPLES_OF_16 = (*(name for name in TYPES if name.endswith("_ptr")), "channels", "outputs")


def compiled(capability: int, number: int) -> dict[str, int]:
    pixels, outputs, warps, stages = TILES[number]
    constants = {**WINDOW, **OTHERS, "PIXELS": pixels, "OUTPUTS": outputs}
    names = _malleable.arg_names
    signature = {name: "constexpr" if name in constants else TYPES.get(name, "i32") for name in names}
    aligned = {(names.index(name),): [["tt.divisibility", 16]] for name in MULTIPLES_OF_16}
    source = ASTSource(_malleable, signature, constants, aligned)
    options = {"num_warps": warps, "num_stages": stages, **COMPILER_OPTIONS}
    binary = triton.compile(source, target=GPUTarget("cuda", capability, 32), options=options)
    products = len(re.findall(r"mma\.sync|wgmma\.mma_async", binary.asm["ptx"]))
    return {"shared_bytes": binary.metadata.shared, "tensor_core_instructions": products}


if __name__ == "__main__":
    print(json.dumps([compiled(int(sys.argv[1]), int(number)) for number in sys.argv[2:]]))
