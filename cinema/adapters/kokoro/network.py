"""Kokoro's network, for inference of one line: StyleTTS 2's text and prosody encoders with an iSTFTNet vocoder.

Written anew from the model's published structure, so that its package, and the fifty that come with it, are not needed; the
names of the parts are those of the released weights. Checked against kokoro 0.9.4 with random weights of the released sizes:
`scripts/compare_kokoro.py`. Shapes: (1, channels, time) unless said. Imported only once torch is wanted.

Sources: Li et al., StyleTTS 2 (arXiv 2306.07691); Kaneko et al., iSTFTNet (arXiv 2203.02395); Wang et al., neural
source-filter models (arXiv 1904.12088) for the harmonic source; Ziyin et al. (arXiv 2006.08195) for the snake.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

RATE_HZ = 24_000
_HARMONICS = 9
_SINE = 0.1
_VOICED_HZ = 10.0
_HISS = 0.003


def conv(channels_in: int, channels_out: int, kernel: int, dilation: int = 1, *, bias: bool = True) -> nn.Conv1d:
    """A convolution that keeps the length (odd kernels)."""
    padding = dilation * (kernel - 1) // 2
    return nn.Conv1d(channels_in, channels_out, kernel, padding=padding, dilation=dilation, bias=bias)


def lstm(size_in: int, size_out: int) -> nn.LSTM:
    return nn.LSTM(size_in, size_out // 2, batch_first=True, bidirectional=True)


def run(network: nn.LSTM, x: Tensor) -> Tensor:
    """An LSTM along the time of (1, channels, time)."""
    return network(x.transpose(1, 2))[0].transpose(1, 2)


class AdaptiveNorm(nn.Module):
    """Instance normalisation whose scale and shift a style (1, size) decides."""

    def __init__(self, style: int, channels: int) -> None:
        super().__init__()
        self.norm = nn.InstanceNorm1d(channels, affine=True)
        self.fc = nn.Linear(style, 2 * channels)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        scale, shift = self.fc(style).unsqueeze(-1).chunk(2, dim=1)
        return (1 + scale) * self.norm(x) + shift


class AdaptiveLayerNorm(nn.Module):
    """The same over the channels of each moment."""

    def __init__(self, style: int, channels: int) -> None:
        super().__init__()
        self.channels = channels
        self.fc = nn.Linear(style, 2 * channels)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        scale, shift = self.fc(style).unsqueeze(1).chunk(2, dim=2)
        normal = functional.layer_norm(x.transpose(1, 2), (self.channels,))
        return ((1 + scale) * normal + shift).transpose(1, 2)


class ChannelNorm(nn.Module):
    """Layer normalisation over channels, with the released names."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(channels))
        self.beta = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        return functional.layer_norm(x.transpose(1, 2), self.gamma.shape, self.gamma, self.beta).transpose(1, 2)


class StyledBlock(nn.Module):
    """A residual block under a style; with `doubled`, of twice the length."""

    def __init__(self, channels_in: int, channels_out: int, style: int, *, doubled: bool = False) -> None:
        super().__init__()
        self.doubled = doubled
        self.norm1, self.norm2 = AdaptiveNorm(style, channels_in), AdaptiveNorm(style, channels_out)
        self.conv1, self.conv2 = conv(channels_in, channels_out, 3), conv(channels_out, channels_out, 3)
        self.narrowed = channels_in != channels_out
        if self.narrowed:
            self.conv1x1 = conv(channels_in, channels_out, 1, bias=False)
        if doubled:
            self.pool = nn.ConvTranspose1d(
                channels_in, channels_in, 3, stride=2, padding=1, output_padding=1, groups=channels_in
            )

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        inner = functional.leaky_relu(self.norm1(x, style), 0.2)
        inner = self.conv1(self.pool(inner) if self.doubled else inner)
        inner = self.conv2(functional.leaky_relu(self.norm2(inner, style), 0.2))
        short = functional.interpolate(x, scale_factor=2.0, mode="nearest") if self.doubled else x
        short = self.conv1x1(short) if self.narrowed else short
        return (inner + short) * math.sqrt(0.5)


class SnakeBlock(nn.Module):
    """Three dilated pairs of convolutions with periodic activations, under a style."""

    def __init__(self, channels: int, kernel: int, dilations: tuple[int, ...], style: int) -> None:
        super().__init__()
        self.convs1 = nn.ModuleList(conv(channels, channels, kernel, dilation) for dilation in dilations)
        self.convs2 = nn.ModuleList(conv(channels, channels, kernel) for _ in dilations)
        self.adain1 = nn.ModuleList(AdaptiveNorm(style, channels) for _ in dilations)
        self.adain2 = nn.ModuleList(AdaptiveNorm(style, channels) for _ in dilations)
        self.alpha1 = nn.ParameterList(torch.ones(1, channels, 1) for _ in dilations)
        self.alpha2 = nn.ParameterList(torch.ones(1, channels, 1) for _ in dilations)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        for number in range(len(self.convs1)):
            inner = self.convs1[number](_snake(self.adain1[number](x, style), self.alpha1[number]))
            x = x + self.convs2[number](_snake(self.adain2[number](inner, style), self.alpha2[number]))
        return x


def _snake(x: Tensor, alpha: Tensor) -> Tensor:
    return x + torch.sin(alpha * x) ** 2 / alpha


class TextEncoder(nn.Module):
    """Symbols (1, time) to what they sound like."""

    def __init__(self, symbols: int, channels: int, kernel: int, depth: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(symbols, channels)
        self.cnn = nn.ModuleList(nn.Sequential(conv(channels, channels, kernel), ChannelNorm(channels)) for _ in range(depth))
        self.lstm = lstm(channels, channels)

    def forward(self, symbols: Tensor) -> Tensor:
        x = self.embedding(symbols).transpose(1, 2)
        for layer in self.cnn:
            x = functional.leaky_relu(layer(x), 0.2)
        return run(self.lstm, x)


class DurationEncoder(nn.Module):
    """Text features and style, mixed in turns by an LSTM and a norm; the style stays beside the features."""

    def __init__(self, style: int, channels: int, depth: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for _ in range(depth):
            layers += [lstm(channels + style, channels), AdaptiveLayerNorm(style, channels)]
        self.lstms = nn.ModuleList(layers)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        beside = style.unsqueeze(-1).expand(-1, -1, x.shape[-1])
        x = torch.cat([x, beside], dim=1)
        for layer in self.lstms:
            x = run(layer, x) if isinstance(layer, nn.LSTM) else torch.cat([layer(x, style), beside], dim=1)
        return x


class Logits(nn.Module):
    """A linear layer under the released name."""

    def __init__(self, size_in: int, size_out: int) -> None:
        super().__init__()
        self.linear_layer = nn.Linear(size_in, size_out)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear_layer(x)


class Prosody(nn.Module):
    """How long each symbol lasts, and pitch and energy over time."""

    def __init__(self, style: int, channels: int, depth: int, longest: int) -> None:
        super().__init__()
        self.text_encoder = DurationEncoder(style, channels, depth)
        self.lstm, self.shared = lstm(channels + style, channels), lstm(channels + style, channels)
        self.duration_proj = Logits(channels, longest)
        self.F0, self.N = self._curve(style, channels), self._curve(style, channels)
        self.F0_proj, self.N_proj = nn.Conv1d(channels // 2, 1, 1), nn.Conv1d(channels // 2, 1, 1)

    @staticmethod
    def _curve(style: int, channels: int) -> nn.ModuleList:
        half = channels // 2
        blocks = [StyledBlock(channels, channels, style), StyledBlock(channels, half, style, doubled=True)]
        return nn.ModuleList([*blocks, StyledBlock(half, half, style)])

    def durations(self, features: Tensor, speed: float) -> Tensor:
        """Frames of each symbol, at least one: (time,)."""
        logits = self.duration_proj(run(self.lstm, features).transpose(1, 2))
        return torch.round(torch.sigmoid(logits).sum(dim=-1) / speed).clamp(min=1).long()[0]

    def curves(self, features: Tensor, style: Tensor) -> tuple[Tensor, Tensor]:
        """Pitch in Hz and energy, two values a frame: (1, 1, time) each."""
        pitch = energy = run(self.shared, features)
        for block in self.F0:
            pitch = block(pitch, style)
        for block in self.N:
            energy = block(energy, style)
        return self.F0_proj(pitch), self.N_proj(energy)


class Source(nn.Module):
    """A voice's excitation: the pitch and eight overtones where it is voiced, noise where not."""

    def __init__(self, samples: int) -> None:
        super().__init__()
        self.samples = samples
        self.l_linear = nn.Linear(_HARMONICS, 1)

    def forward(self, pitch: Tensor) -> Tensor:
        """Pitch (1, 1, frames) to samples (1, samples)."""
        pitch = pitch.repeat_interleave(self.samples, dim=-1)
        turns = pitch * torch.arange(1, _HARMONICS + 1, device=pitch.device).view(1, -1, 1) / RATE_HZ % 1
        start = torch.rand(1, _HARMONICS, device=pitch.device)
        start[:, 0] = 0
        turns[:, :, 0] += start
        slow = functional.interpolate(turns, scale_factor=1 / self.samples, mode="linear")
        phase = slow.cumsum(dim=-1) * (2 * math.pi * self.samples)
        waves = torch.sin(functional.interpolate(phase, scale_factor=float(self.samples), mode="linear")) * _SINE
        voiced = (pitch > _VOICED_HZ).float()
        # Drawn over a transposed view, as the released code does: then the same dice give the same hiss.
        hiss = torch.randn_like(waves.transpose(1, 2)).transpose(1, 2)
        waves = waves * voiced + hiss * (voiced * _HISS + (1 - voiced) * _SINE / 3)
        return torch.tanh(self.l_linear(waves.transpose(1, 2)))[:, :, 0]


class Generator(nn.Module):
    """Features to sound: growing by transposed convolutions, with the excitation's spectrum let in at every size."""

    window: Tensor

    def __init__(self, style: int, config: Mapping[str, Any]) -> None:
        super().__init__()
        rates, kernels = config["upsample_rates"], config["upsample_kernel_sizes"]
        self.fft, self.hop = int(config["gen_istft_n_fft"]), int(config["gen_istft_hop_size"])
        shapes = list(zip(config["resblock_kernel_sizes"], config["resblock_dilation_sizes"], strict=True))
        sizes = [int(config["upsample_initial_channel"]) >> step for step in range(len(rates) + 1)]
        self.m_source = Source(math.prod(rates) * self.hop)
        self.ups, self.resblocks = nn.ModuleList(), nn.ModuleList()
        self.noise_convs, self.noise_res = nn.ModuleList(), nn.ModuleList()
        for step, (rate, kernel) in enumerate(zip(rates, kernels, strict=True)):
            size = sizes[step + 1]
            self.ups.append(nn.ConvTranspose1d(sizes[step], size, kernel, rate, padding=(kernel - rate) // 2))
            self.resblocks.extend(SnakeBlock(size, width, tuple(dilations), style) for width, dilations in shapes)
            stride = math.prod(rates[step + 1 :])
            last = step + 1 == len(rates)
            width, padding = (1, 0) if last else (2 * stride, (stride + 1) // 2)
            self.noise_convs.append(nn.Conv1d(self.fft + 2, size, width, stride, padding))
            self.noise_res.append(SnakeBlock(size, 11 if last else 7, (1, 3, 5), style))
        self.conv_post = conv(sizes[-1], self.fft + 2, 7)
        self.register_buffer("window", torch.hann_window(self.fft), persistent=False)

    def forward(self, x: Tensor, style: Tensor, pitch: Tensor) -> Tensor:
        spectrum = torch.stft(self.m_source(pitch), self.fft, self.hop, window=self.window, return_complex=True)
        excitation = torch.cat([spectrum.abs(), spectrum.angle()], dim=1)
        width = len(self.resblocks) // len(self.ups)
        for step, grow in enumerate(self.ups):
            let_in = self.noise_res[step](self.noise_convs[step](excitation), style)
            x = grow(functional.leaky_relu(x, 0.1))
            if step + 1 == len(self.ups):
                x = functional.pad(x, (1, 0), mode="reflect")
            x = x + let_in
            blocks = self.resblocks[step * width : (step + 1) * width]
            x = sum((block(x, style) for block in blocks), torch.zeros_like(x)) / width
        x = self.conv_post(functional.leaky_relu(x))
        bins = self.fft // 2 + 1
        spectrum = torch.polar(torch.exp(x[:, :bins]), torch.sin(x[:, bins:]))
        return torch.istft(spectrum, self.fft, self.hop, window=self.window)


class Decoder(nn.Module):
    """Sounds of symbols in time, with pitch and energy, to samples. `width` and `narrow` are read off the weights."""

    def __init__(self, channels: int, style: int, config: Mapping[str, Any], width: int, narrow: int) -> None:
        super().__init__()
        beside = width + narrow + 2
        self.encode = StyledBlock(channels + 2, width, style)
        self.decode = nn.ModuleList(StyledBlock(beside, width, style) for _ in range(3))
        self.decode.append(StyledBlock(beside, int(config["upsample_initial_channel"]), style, doubled=True))
        self.F0_conv, self.N_conv = (nn.Conv1d(1, 1, 3, stride=2, padding=1) for _ in range(2))
        self.asr_res = nn.Sequential(conv(channels, narrow, 1))
        self.generator = Generator(style, config)

    def forward(self, text: Tensor, pitch: Tensor, energy: Tensor, style: Tensor) -> Tensor:
        curves = torch.cat([self.F0_conv(pitch), self.N_conv(energy)], dim=1)
        x = self.encode(torch.cat([text, curves], dim=1), style)
        beside = torch.cat([self.asr_res(text), curves], dim=1)
        for block in self.decode:
            x = block(torch.cat([x, beside], dim=1), style)
        return self.generator(x, style, pitch)


class Network(nn.Module):
    """The whole model. `config` is the released config.json; `bert` an ALBERT over phonemes."""

    def __init__(self, config: Mapping[str, Any], bert: Any, width: int, narrow: int) -> None:
        super().__init__()
        channels, self.style = int(config["hidden_dim"]), int(config["style_dim"])
        depth, symbols = int(config["n_layer"]), int(config["n_token"])
        self.bert = bert
        self.bert_encoder = nn.Linear(int(bert.config.hidden_size), channels)
        self.predictor = Prosody(self.style, channels, depth, int(config["max_dur"]))
        self.text_encoder = TextEncoder(symbols, channels, int(config["text_encoder_kernel_size"]), depth)
        self.decoder = Decoder(channels, self.style, config["istftnet"], width, narrow)

    def forward(self, symbols: Tensor, voice: Tensor, speed: float) -> tuple[Tensor, Tensor]:
        """Symbols (1, time) and a voice (1, 2 x style) to samples at 24 kHz and the frames (600 samples) of each symbol."""
        timbre, manner = voice[:, : self.style], voice[:, self.style :]
        known = self.bert(symbols, attention_mask=torch.ones_like(symbols)).last_hidden_state
        features = self.predictor.text_encoder(self.bert_encoder(known).transpose(1, 2), manner)
        frames = self.predictor.durations(features, speed)
        pitch, energy = self.predictor.curves(features.repeat_interleave(frames, dim=2), manner)
        text = self.text_encoder(symbols).repeat_interleave(frames, dim=2)
        return self.decoder(text, pitch, energy, timbre)[0], frames
