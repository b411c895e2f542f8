"""Boards: the animatic's picture, drawn frames that move. `Boards` is the adapter."""

from __future__ import annotations

from cinema.adapters.boards.adapter import Boards

__all__ = ["Boards"]
