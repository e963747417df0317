"""WebSocket frames as bytes. A server's frames carry no mask, so one encoding serves every client."""

from websockets.frames import Frame, Opcode

PING = Frame(Opcode.PING, b"").serialize(mask=False)


def text_frame(text: str) -> bytes:
    """A whole text frame."""
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=False)
