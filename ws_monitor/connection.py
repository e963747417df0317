"""The WebSocket endpoints: a connection straight on uvicorn's transport, without ASGI in between.

uvicorn hands an upgraded connection to the class that `--ws` names: this one. The handshake and all that a client
sends go through the websockets library's protocol; what the hub sends is encoded already and goes to the transport
as it is. An ASGI send costs a coroutine and an encoding for every frame and client.
"""

import asyncio
import email.utils
import logging
import socket
from collections.abc import Callable
from http import HTTPStatus
from time import monotonic
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import orjson
from pydantic import TypeAdapter, ValidationError
from uvicorn.config import Config
from uvicorn.server import ServerState
from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from bellwether_contracts.frames import Channel, ClientFrame, ErrorFrame, HelloFrame, SubscribeFrame
from ws_monitor import origins, problems
from ws_monitor.client import GOING_AWAY, Client
from ws_monitor.hub import CHANNELS, heartbeat_text
from ws_monitor.monitor import Monitor

ENDPOINTS: dict[str, tuple[Channel, ...]] = {
    "/ws": CHANNELS,
    "/ws/predictions": ("predictions",),
    "/ws/metrics": ("metrics",),
    "/ws/alerts": ("alerts",),
}
"""Any channels as the client's subscribe frames say, or one alone."""

MAX_MESSAGE_BYTES = 16_384
FRAMES_PER_WINDOW = 30
WINDOW_SECONDS = 10
POLICY_VIOLATION = 1008

CLOSE_SECONDS = 2
"""How long a peer has to answer a close frame, or to take what is on its way to it."""

SEND_BUFFER_BYTES = 262_144
"""What the kernel may hold for one client. It would grow to megabytes for a peer that stopped reading."""

log = logging.getLogger(__name__)
_client_frame: TypeAdapter[ClientFrame] = TypeAdapter(ClientFrame)


class RefusedError(Exception):
    """The handshake can't be accepted."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class LiveConnection(asyncio.Protocol):
    """One WebSocket, from its handshake to its end."""

    write: Callable[[bytes], None]
    """The transport's own: nothing stands between the hub and it."""

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any]) -> None:
        del config  # uvicorn's options for WebSockets: what holds here stands above
        self._open = server_state.connections
        self._monitor: Monitor = app_state["monitor"]
        self._protocol = ServerProtocol(max_size=MAX_MESSAGE_BYTES, logger=log)
        self._channels: tuple[Channel, ...] = ()
        self._client: Client | None = None
        self._message: list[Frame] = []
        self._window_began = monotonic()
        self._frames = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection over from HTTP."""
        self._transport = cast(asyncio.Transport, transport)
        self.write = self._transport.write
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        self._open.add(self)  # type: ignore[arg-type]  # uvicorn names its own classes; it wants shutdown() alone

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client."""
        del exc
        self._leave()
        self._open.discard(self)

    def pause_writing(self) -> None:
        """The transport's buffer is full."""
        if self._client is not None:
            self._client.pause()

    def resume_writing(self) -> None:
        """The transport's buffer is nearly empty."""
        if self._client is not None:
            self._client.resume()

    def data_received(self, data: bytes) -> None:
        """Handle what the peer sent."""
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._shake_hands(event)
            elif isinstance(event, Frame):
                self._receive(event)
        if self._protocol.state is not OPEN:
            self._leave()
        self._flush()

    def eof_received(self) -> bool:
        """The peer will send no more; the transport closes itself."""
        self._protocol.receive_eof()
        self.abort_after(CLOSE_SECONDS)
        return False

    def shutdown(self) -> None:
        """Called by uvicorn when the process is to end."""
        self.close(GOING_AWAY, "server is shutting down")

    def close(self, code: int, reason: str) -> None:
        """Send the close frame ahead of what the client still holds, and don't wait for ever for the answer."""
        self._leave()
        if self._protocol.state is OPEN:
            self._protocol.send_close(code, reason)
        self._flush()
        self.abort_after(CLOSE_SECONDS)

    def abort(self) -> None:
        """End the connection at once."""
        self._leave()
        self._transport.abort()

    def abort_after(self, seconds: float) -> None:
        """End the connection then, if it still is."""
        asyncio.get_running_loop().call_later(seconds, self._transport.abort)

    def _leave(self) -> None:
        if self._client is not None:
            self._monitor.hub.leave(self._client)
            self._client = None

    def _flush(self) -> None:
        """Send what the protocol has to say: answers to pings, close frames, the end."""
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._transport.close()
                self.abort_after(CLOSE_SECONDS)

    def _shake_hands(self, request: Request) -> None:
        response = self._protocol.accept(request)
        wanted: SubscribeFrame | None = None
        if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            try:
                wanted = self._admit(request)
            except RefusedError as refused:
                response = _refusal(refused)
        self._protocol.send_response(response)
        self._flush()
        if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            self._begin(wanted)

    def _admit(self, request: Request) -> SubscribeFrame | None:
        """Check who asks for what; returns what the address itself subscribes to."""
        settings = self._monitor.settings
        at = urlsplit(request.path)
        if at.path not in ENDPOINTS:
            raise RefusedError(HTTPStatus.NOT_FOUND, f"WebSockets are at {', '.join(ENDPOINTS)}")
        if not origins.allowed(request.headers, settings.origins()):
            raise RefusedError(HTTPStatus.FORBIDDEN, "this origin is not in ALLOWED_ORIGINS")
        if len(self._monitor.hub) >= settings.max_clients:
            raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, f"all {settings.max_clients} places are taken")
        self._channels = ENDPOINTS[at.path]
        return None if self._channels == CHANNELS else _subscription(self._channels[0], at.query)

    def _begin(self, wanted: SubscribeFrame | None) -> None:
        settings = self._monitor.settings
        self._client = Client(self, settings.client_queue_frames)
        self._client.say(
            HelloFrame(channels=list(self._channels), heartbeat_seconds=settings.heartbeat_seconds).model_dump_json()
        )
        self._monitor.hub.join(self._client)
        if wanted is not None:
            self._monitor.hub.subscribe(self._client, wanted)

    def _receive(self, frame: Frame) -> None:
        if self._client is None:
            return
        self._client.heard()
        if frame.opcode in {Opcode.CLOSE, Opcode.PONG}:
            return
        if self._too_many():
            self.close(POLICY_VIOLATION, f"at most {FRAMES_PER_WINDOW} frames in {WINDOW_SECONDS} s")
        elif frame.opcode is not Opcode.PING:
            self._collect(self._client, frame)

    def _collect(self, client: Client, frame: Frame) -> None:
        """Put a message together from its fragments."""
        self._message.append(frame)
        if frame.fin:
            message, self._message = self._message, []
            if message[0].opcode is Opcode.TEXT:
                self._handle(client, b"".join(bytes(part.data) for part in message))
            else:
                _say_error(client, "frames are JSON text, not binary")

    def _too_many(self) -> bool:
        if monotonic() - self._window_began > WINDOW_SECONDS:
            self._window_began, self._frames = monotonic(), 0
        self._frames += 1
        return self._frames > FRAMES_PER_WINDOW

    def _handle(self, client: Client, message: bytes) -> None:
        try:
            frame = _client_frame.validate_json(message)
        except ValidationError as error:
            return _say_error(client, _explain(error))
        if not isinstance(frame, SubscribeFrame):
            client.say(heartbeat_text())
        elif set(frame.channels) <= set(self._channels):
            self._monitor.hub.subscribe(client, frame)
        else:
            _say_error(client, f"channels: this endpoint carries {', '.join(self._channels)}")
        return None


def _subscription(channel: Channel, query: str) -> SubscribeFrame:
    asked = parse_qs(query)
    last = asked.get("last_event_id", [""])[0]
    tickers = [ticker for ticker in asked.get("tickers", [""])[0].split(",") if ticker]
    try:
        return SubscribeFrame.model_validate(
            {"channels": [channel], "tickers": tickers, "last_event_ids": {channel: last} if last else {}}
        )
    except ValidationError as error:
        raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, _explain(error)) from error


def _refusal(refused: RefusedError) -> Response:
    body = orjson.dumps(problems.document(refused.status, refused.detail))
    headers = {
        "Date": email.utils.formatdate(usegmt=True),
        "Connection": "close",
        "Content-Length": str(len(body)),
        "Content-Type": problems.MEDIA_TYPE,
    }
    return Response(refused.status.value, refused.status.phrase, Headers(headers), body)


def _say_error(client: Client, detail: str) -> None:
    client.say(ErrorFrame(detail=detail).model_dump_json())


def _explain(error: ValidationError) -> str:
    problems_found = error.errors(include_url=False, include_input=False, include_context=False)
    shown = (f"{'.'.join(map(str, one['loc'])) or 'frame'}: {one['msg']}" for one in problems_found[:5])
    return "; ".join(shown)[:1000]
