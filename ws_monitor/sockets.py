"""The WebSocket endpoints: who may connect, what they may send, and the two tasks of each connection."""

import asyncio
from http import HTTPStatus
from time import monotonic

from fastapi import APIRouter, WebSocket
from pydantic import TypeAdapter, ValidationError
from starlette.websockets import WebSocketDisconnect

from bellwether_contracts.frames import Channel, ClientFrame, ErrorFrame, HelloFrame, SubscribeFrame
from ws_monitor import origins, problems
from ws_monitor.client import Client
from ws_monitor.hub import CHANNELS, heartbeat_text
from ws_monitor.monitor import Monitor

MAX_FRAME_CHARS = 16_384
FRAMES_PER_WINDOW = 30
WINDOW_SECONDS = 10
POLICY_VIOLATION = 1008
TOO_BIG = 1009

router = APIRouter()
_client_frame: TypeAdapter[ClientFrame] = TypeAdapter(ClientFrame)


@router.websocket("/ws")
async def multiplexed(socket: WebSocket) -> None:
    """Any channels and tickers, as the client's subscribe frames say."""
    await _Connection(socket, CHANNELS).serve(None)


@router.websocket("/ws/predictions")
async def predictions(socket: WebSocket) -> None:
    """Forecasts alone."""
    await _serve_one(socket, "predictions")


@router.websocket("/ws/metrics")
async def metrics(socket: WebSocket) -> None:
    """Services' rates and quantiles alone."""
    await _serve_one(socket, "metrics")


@router.websocket("/ws/alerts")
async def alerts(socket: WebSocket) -> None:
    """Alerts alone."""
    await _serve_one(socket, "alerts")


async def _serve_one(socket: WebSocket, channel: Channel) -> None:
    last = socket.query_params.get("last_event_id")
    tickers = [ticker for ticker in socket.query_params.get("tickers", "").split(",") if ticker]
    try:
        wanted = SubscribeFrame.model_validate(
            {"channels": [channel], "tickers": tickers, "last_event_ids": {channel: last} if last else {}}
        )
    except ValidationError as error:
        await socket.send_denial_response(problems.response(HTTPStatus.UNPROCESSABLE_ENTITY, _explain(error)))
    else:
        await _Connection(socket, (channel,)).serve(wanted)


class _Connection:
    """One accepted WebSocket: a task that reads, a task that writes."""

    def __init__(self, socket: WebSocket, channels: tuple[Channel, ...]) -> None:
        self._socket = socket
        self._channels = channels
        self._monitor: Monitor = socket.app.state.monitor
        self._client = Client(socket, self._monitor.settings.client_queue_frames)
        self._window_began = monotonic()
        self._frames = 0

    async def serve(self, wanted: SubscribeFrame | None) -> None:
        """Talk to the client until either side ends it."""
        settings = self._monitor.settings
        if not origins.allowed(self._socket.headers, settings.origins()):
            return await self._refuse(HTTPStatus.FORBIDDEN, "this origin is not in ALLOWED_ORIGINS")
        if len(self._monitor.hub) >= settings.max_clients:
            return await self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, f"all {settings.max_clients} places are taken")
        await self._socket.accept()
        hello = HelloFrame(channels=list(self._channels), heartbeat_seconds=settings.heartbeat_seconds)
        await self._socket.send_text(hello.model_dump_json())
        self._monitor.hub.join(self._client)
        try:
            if wanted is not None:
                self._monitor.hub.subscribe(self._client, wanted)
            await self._talk()
        finally:
            self._monitor.hub.leave(self._client)

    async def _talk(self) -> None:
        tasks = [asyncio.ensure_future(self._client.write()), asyncio.ensure_future(self._read())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception) and not isinstance(end, WebSocketDisconnect | TimeoutError):
                raise end

    async def _refuse(self, status: HTTPStatus, why: str) -> None:
        await self._socket.send_denial_response(problems.response(status, why))

    async def _read(self) -> None:
        while (message := await self._socket.receive())["type"] != "websocket.disconnect":
            if not self._client.closing:
                self._take(message.get("text"))

    def _take(self, text: str | None) -> None:
        if self._too_many():
            self._client.close(POLICY_VIOLATION, f"at most {FRAMES_PER_WINDOW} frames in {WINDOW_SECONDS} s")
        elif text is None:
            self._say_error("frames are JSON text, not binary")
        elif len(text) > MAX_FRAME_CHARS:
            self._client.close(TOO_BIG, f"at most {MAX_FRAME_CHARS} characters a frame")
        else:
            self._handle(text)

    def _too_many(self) -> bool:
        if monotonic() - self._window_began > WINDOW_SECONDS:
            self._window_began, self._frames = monotonic(), 0
        self._frames += 1
        return self._frames > FRAMES_PER_WINDOW

    def _handle(self, text: str) -> None:
        try:
            frame = _client_frame.validate_json(text)
        except ValidationError as error:
            return self._say_error(_explain(error))
        if not isinstance(frame, SubscribeFrame):
            self._client.offer(heartbeat_text())
        elif set(frame.channels) <= set(self._channels):
            self._monitor.hub.subscribe(self._client, frame)
        else:
            self._say_error(f"channels: this endpoint carries {', '.join(self._channels)}")
        return None

    def _say_error(self, detail: str) -> None:
        self._client.offer(ErrorFrame(detail=detail).model_dump_json())


def _explain(error: ValidationError) -> str:
    problems_found = error.errors(include_url=False, include_input=False, include_context=False)
    shown = (f"{'.'.join(map(str, one['loc'])) or 'frame'}: {one['msg']}" for one in problems_found[:5])
    return "; ".join(shown)[:1000]
