"""What browsers may say over the websocket: what our page says, and nothing else that viser would act on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

LARGEST_BYTES = 1 << 16  # of a message; the page's are far smaller
_SAID = ("ViewerCameraMessage", "ScenePointerMessage", "GuiUpdateMessage")


def is_said_by_page(raw: str | bytes) -> bool:
    """Whether a message is one that our page sends.

    viser would also keep uploads in memory, let any visitor publish this view under an address of viser's makers, and
    by GuiUpdateMessage set any attribute of a control, its callbacks too.
    """
    import msgspec

    if isinstance(raw, str):
        return False
    try:
        message = msgspec.msgpack.decode(raw)
    except (msgspec.DecodeError, ValueError, TypeError, RecursionError):  # no msgpack, keys that cannot be keys
        return False
    if not isinstance(message, dict) or message.get("type") not in _SAID:
        return False
    updates = message.get("updates", {"value": None})
    return isinstance(updates, dict) and updates.keys() == {"value"}


def only_said_by_page(receive: Callable[[], Awaitable[str | bytes]]) -> Callable[[], Awaitable[bytes]]:
    """A websocket's recv without what our page does not say."""

    async def hear() -> bytes:
        while True:
            raw = await receive()
            if isinstance(raw, bytes) and is_said_by_page(raw):
                return raw

    return hear
