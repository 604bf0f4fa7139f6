"""Copied into torchvision when the image is built from its CUDA wheel, all that the index has.

Beside a CPU build of torch its compiled part cannot be loaded, and then the import fails: it
describes operators that nobody has declared. Declared without a body they fail when called, with
torchvision's own advice; models, transforms and data sets do not need them.
"""

import torch

declared = torch.library.Library("torchvision", "DEF")  # lasts as long as this name
declared.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
declared.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
