"""As much of RFC 6455 as a test client of LiveQuery needs: text frames, pings, the closing handshake."""

import base64
import os
import socket
import struct

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA


class WebSocket:
    """A connection that is open once it is made; `status` is the answer to the upgrade, 101 if all went well."""

    def __init__(self, port: int, path: str, timeout: float = 5) -> None:
        """Opens the connection; `timeout` in seconds holds for each step."""
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            (
                f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
            ).encode()
        )
        self._stream = self._socket.makefile("rb")
        self.status = int(self._stream.readline().split()[1])
        while self._stream.readline() not in (b"\r\n", b""):
            pass

    def send(self, text: str) -> None:
        """Sends one text message."""
        self._frame(TEXT, text.encode())

    def receive(self) -> str | None:
        """The next text message; None when the server closed."""
        while True:
            head = self._stream.read(2)
            if len(head) < 2:
                return None
            size = head[1] & 0x7F
            if size == 126:
                (size,) = struct.unpack("!H", self._stream.read(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", self._stream.read(8))
            payload = self._stream.read(size)
            kind = head[0] & 0x0F
            if kind == TEXT:
                return payload.decode()
            if kind == CLOSE:
                return None
            if kind == PING:
                self._frame(PONG, payload)

    def close(self) -> None:
        """Closes with the handshake and waits for the end, so that a proxy between has finished with the flow too."""
        try:
            self._frame(CLOSE, struct.pack("!H", 1000))
            while self.receive() is not None:
                pass
            self._stream.read()
        except OSError:
            pass
        finally:
            self._stream.close()
            self._socket.close()

    def _frame(self, kind: int, payload: bytes) -> None:
        # A client has to mask its frames (RFC 6455, 5.3).
        mask = os.urandom(4)
        size = len(payload)
        head = bytes([0x80 | kind]) + (bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack("!H", size))
        self._socket.sendall(head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload)))
