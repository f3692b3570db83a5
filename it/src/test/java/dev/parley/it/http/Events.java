package dev.parley.it.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// A reader of server-sent events over a socket; with HTTP/1.0, so that nothing is cut into chunks.
final class Events implements AutoCloseable {
    private final Socket socket = new Socket();
    private final InputStream in;
    private final String status;
    private final Map<String, String> headers = new LinkedHashMap<>();

    /// @param window of the socket in bytes; 0: as usual
    Events(int port, String path, List<String> lines, int window) throws IOException {
        if (window > 0) {
            socket.setReceiveBufferSize(window);
        }
        socket.setSoTimeout(30_000);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        String request = "GET " + path + " HTTP/1.0\r\n" + String.join("\r\n", lines) + "\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(UTF_8));
        in = new BufferedInputStream(socket.getInputStream());
        status = line();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
    }

    /// An event as it came.
    record Event(String id, String name, String data) {
        JsonNode json() {
            return HttpNode.json(data);
        }
    }

    int status() {
        return Integer.parseInt(status.split(" ")[1]);
    }

    Map<String, String> headers() {
        return headers;
    }

    private String line() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the answer has ended");
            }
            bytes.write(next);
        }
        return bytes.toString(UTF_8).stripTrailing();
    }

    /// The next line, whatever it says.
    String raw() throws IOException {
        return line();
    }

    /// The next event; comments and the time to come back in are passed over.
    Event next() throws IOException {
        String id = "";
        String name = "";
        StringBuilder data = new StringBuilder();
        while (true) {
            String line = line();
            if (line.startsWith("id: ")) {
                id = line.substring(4);
            } else if (line.startsWith("event: ")) {
                name = line.substring(7);
            } else if (line.startsWith("data: ")) {
                data.append(line, 6, line.length());
            } else if (line.isEmpty() && !data.isEmpty()) {
                return new Event(id, name, data.toString());
            }
        }
    }

    /// The next message.
    JsonNode message() throws IOException {
        Event event = next();
        if (!event.name().equals("message")) {
            throw new AssertionError("no message, but " + event);
        }
        return event.json();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
