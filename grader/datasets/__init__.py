"""Data sets of images: where they come from, how they lie on disk, who may read which part."""
