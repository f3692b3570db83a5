package dev.parley.node.admin;

import dev.parley.front.http.HttpService.Response;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The pages of a folder, read once when the node starts: nothing on an event loop waits for a
/// disk.
public final class Pages {
    /// Files, and bytes of all of them.
    private static final int FILES_MAX = 1_000;

    private static final long BYTES_MAX = 16 << 20;

    private static final Map<String, String> TYPES =
            Map.ofEntries(
                    Map.entry("html", "text/html; charset=utf-8"),
                    Map.entry("css", "text/css; charset=utf-8"),
                    Map.entry("js", "text/javascript; charset=utf-8"),
                    Map.entry("mjs", "text/javascript; charset=utf-8"),
                    Map.entry("json", "application/json"),
                    Map.entry("svg", "image/svg+xml"),
                    Map.entry("png", "image/png"),
                    Map.entry("jpg", "image/jpeg"),
                    Map.entry("webp", "image/webp"),
                    Map.entry("ico", "image/x-icon"),
                    Map.entry("woff2", "font/woff2"),
                    Map.entry("txt", "text/plain; charset=utf-8"));

    private final Map<String, Response> pages;

    private Pages(Map<String, Response> pages) {
        this.pages = Map.copyOf(pages);
    }

    /// No pages.
    public static Pages none() {
        return new Pages(Map.of());
    }

    /// Reads a folder and those in it; what begins with a dot stays hidden, and no link is
    /// followed.
    ///
    /// @throws IOException if it cannot be read, or is too large
    public static Pages of(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(folder)) {
            files = walk.filter(Files::isRegularFile).limit(FILES_MAX + 1L).toList();
        }
        Map<String, Response> pages = new HashMap<>();
        long bytes = 0;
        for (Path file : files) {
            String name = folder.relativize(file).toString().replace('\\', '/');
            if (Files.isSymbolicLink(file) || ("/" + name).contains("/.")) {
                continue;
            }
            bytes += Files.size(file);
            if (bytes > BYTES_MAX || files.size() > FILES_MAX) {
                throw new IOException(
                        "%s has more than %d files, or %d MiB"
                                .formatted(folder, FILES_MAX, BYTES_MAX >> 20));
            }
            pages.put(name, page(name, Files.readAllBytes(file)));
        }
        return new Pages(pages);
    }

    private static Response page(String name, byte[] content) {
        String ending = name.substring(name.lastIndexOf('.') + 1);
        String type = TYPES.getOrDefault(ending, "application/octet-stream");
        return new Response(200, type, ByteBuffer.wrap(content), Map.of())
                .with("Cache-Control", "no-cache")
                .with("X-Content-Type-Options", "nosniff")
                .with("Referrer-Policy", "no-referrer");
    }

    /// The page at a path, or null; of a folder its `index.html`.
    @Nullable Response find(List<String> path) {
        String name = String.join("/", path);
        return pages.get(name.isEmpty() || name.endsWith("/") ? name + "index.html" : name);
    }
}
