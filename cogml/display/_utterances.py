"""What was said in recordings, and when: a line of time for each recording."""

# ruff: noqa: N803
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cogml.display import _canvas
from cogml.display._columns import read_with_errors
from cogml.errors import ParamError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TICKS = 10_000_000  # a second, in the service's 100 ns
MOST = 40


def utterances(
    frame: Any, audioDataCol: str = "url", outputCol: str = "text", errorCol: str | None = None
) -> Figure:
    """The answers of SpeechToTextSDK or SpeechToText: when each utterance was said, in seconds.

    A row may hold one utterance or an array of them; the first 40 are shown.
    """
    found, errors = read_with_errors(frame, [audioDataCol, outputCol], [outputCol], errorCol)
    said: list[tuple[str, dict[str, Any] | None, Any]] = []
    for source, cell, failed in zip(found[audioDataCol], found[outputCol], errors, strict=True):
        name = "recording" if isinstance(source, bytes) else str(source).rpartition("/")[2]
        cells = cell if isinstance(cell, list) and cell else [cell]
        said += [(name, _checked(one, outputCol), failed) for one in cells]
    if not said:
        raise ParamError("there are no rows to show")
    shown = said[:MOST]
    made, grid = _canvas.figure(height=0.9 + 0.62 * len(shown))
    axes: Axes = grid[0, 0]
    names = list(dict.fromkeys(name for name, _, _ in shown))
    placed = [_placed(phrase, failed) for _, phrase, failed in shown]
    end = max(1.0, *(begin + length for begin, length, _ in placed))
    for place, ((name, _, _), (begin, length, text)) in enumerate(zip(shown, placed, strict=True)):
        colour = (_canvas.BLUE, _canvas.ORANGE, _canvas.GREEN)[names.index(name) % 3]
        axes.broken_barh([(begin, length)], (place - 0.1, 0.2), color=colour)
        late = begin > end / 2
        axes.text(
            begin + length if late else begin, place - 0.18, text,
            fontsize=9, va="bottom", ha="right" if late else "left", in_layout=False,
        )  # fmt: skip
    firsts = {name: place for place, (name, _, _) in reversed(list(enumerate(shown)))}
    axes.set_yticks(list(firsts.values()), [_canvas.shortened(name, 24) for name in firsts])
    axes.set_xlim(0, end * 1.02)
    axes.set_ylim(len(shown) - 0.5, -0.9)
    axes.set_xlabel("time from the recording's start (s)")
    title = [f"the first {MOST} of {len(said):,} utterances" if len(said) > MOST else ""]
    title.append(_canvas.failures([failed for _, _, failed in said]))
    axes.set_title(", ".join(filter(None, title)), loc="left", fontsize=11)
    _canvas.bare(axes)
    return made


def _checked(phrase: Any, name: str) -> dict[str, Any] | None:
    if phrase is not None and not (isinstance(phrase, dict) and "DisplayText" in phrase):
        raise ParamError(
            f"{name}: expected the answers of SpeechToTextSDK (structs with DisplayText, Offset "
            f"and Duration); found {_canvas.shortened(repr(phrase), 60)}"
        )
    return phrase


def _placed(phrase: dict[str, Any] | None, failed: Any) -> tuple[float, float, str]:
    """Where an utterance begins and how long it is, in seconds, and what was said."""
    if phrase is None:
        return 0.0, 0.0, f"error: {_canvas.code_of(failed)}" if failed else "no recording"
    best: dict[str, Any] = next(iter(phrase.get("NBest") or []), {})
    text = phrase["DisplayText"] or best.get("Display") or phrase.get("RecognitionStatus") or ""
    begin, length = ((phrase.get(name) or 0) / TICKS for name in ("Offset", "Duration"))
    return begin, length, _canvas.shortened(text, 56, 2)
