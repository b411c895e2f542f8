"""What adapters of model libraries share: reading components, steps, windows, frames, and finishing what was made.

A family is a small file over one of the base classes (`video.VideoAdapter`, `image.ImageAdapter`, `sound.SoundAdapter`,
`speech.SpeechAdapter`): it opens its components and makes one window; everything that the film asks for beyond that
(exact lengths, sizes and rates, continuation, seeds, progress, files) is done here, once.
"""
