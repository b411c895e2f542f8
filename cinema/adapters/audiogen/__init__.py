"""AudioGen as released, made into an ordinary transformers folder, which the family `musicgen` then reads (`convert.py`)."""
