package dev.parley.it.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.parley.it.Foreign;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// A browser without a window, told what to do over its own protocol for that.
final class Chromium implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String LISTENING = "DevTools listening on ";
    private static final long PATIENCE_SECONDS = 40;

    private final Process process;
    private final WebSocket socket;
    private final Map<Integer, CompletableFuture<JsonNode>> asked = new ConcurrentHashMap<>();
    private final AtomicInteger last = new AtomicInteger();

    private Chromium(Process process, URI address) throws Exception {
        this.process = process;
        socket =
                HttpClient.newHttpClient()
                        .newWebSocketBuilder()
                        .buildAsync(address, new Answers())
                        .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /// Starts one; where there is none the test is skipped with its reason.
    ///
    /// @param profile folder for what it keeps
    static Chromium start(Path profile) throws Exception {
        List<String> found =
                Foreign.require(
                        "chromium",
                        "the Debian package chromium",
                        List.of(
                                List.of("chromium", "--version"),
                                List.of("chromium-browser", "--version"),
                                List.of("google-chrome", "--version")));
        List<String> command = new ArrayList<>(List.of(found.getFirst()));
        command.addAll(
                List.of(
                        "--headless=new",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--no-first-run",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "about:blank"));
        Process process =
                new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        try {
            return new Chromium(process, address(process));
        } catch (Exception e) {
            process.destroyForcibly();
            throw e;
        }
    }

    private static URI address(Process process) throws Exception {
        CompletableFuture<URI> found = new CompletableFuture<>();
        Thread.ofPlatform()
                .daemon()
                .name("chromium-errors")
                .start(() -> {
                    StringBuilder all = new StringBuilder();
                    try (BufferedReader lines = process.errorReader(UTF_8)) {
                        for (String line = lines.readLine();
                                line != null;
                                line = lines.readLine()) {
                            all.append(line).append('\n');
                            if (line.startsWith(LISTENING)) {
                                found.complete(URI.create(line.substring(LISTENING.length())));
                            }
                        }
                    } catch (IOException e) {
                        all.append(e);
                    }
                    found.completeExceptionally(new IOException("chromium has ended: " + all));
                });
        return found.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private final class Answers implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean whole) {
            text.append(part);
            if (whole) {
                JsonNode answer = JSON.readTree(text.toString());
                text.setLength(0);
                CompletableFuture<JsonNode> waiting = asked.remove(answer.path("id").asInt(-1));
                if (waiting != null) {
                    waiting.complete(answer);
                }
            }
            from.request(1);
            return CompletableFuture.completedStage(null);
        }
    }

    private JsonNode ask(String session, String method, Map<String, Object> parameters) {
        int id = last.incrementAndGet();
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        asked.put(id, answer);
        Map<String, Object> question =
                session.isEmpty()
                        ? Map.of("id", id, "method", method, "params", parameters)
                        : Map.of(
                                "id",
                                id,
                                "method",
                                method,
                                "params",
                                parameters,
                                "sessionId",
                                session);
        socket.sendText(JSON.writeValueAsString(question), true).join();
        try {
            JsonNode said = answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (said.has("error")) {
                throw new AssertionError(method + ": " + said.path("error"));
            }
            return said.path("result");
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError(method + " was not answered", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /// A tab.
    final class Page {
        private final String target;
        private final String session;

        private Page(String target, String session) {
            this.target = target;
            this.session = session;
        }

        /// The value of an expression of JavaScript, or of what it promises.
        JsonNode eval(String script) {
            JsonNode said =
                    ask(
                            session,
                            "Runtime.evaluate",
                            Map.of(
                                    "expression",
                                    script,
                                    "awaitPromise",
                                    true,
                                    "returnByValue",
                                    true));
            if (said.has("exceptionDetails")) {
                throw new AssertionError(script + ": " + said.path("exceptionDetails"));
            }
            return said.path("result").path("value");
        }

        void awaits(String condition) {
            Awaitility.await(condition)
                    .atMost(Duration.ofSeconds(PATIENCE_SECONDS))
                    .until(() -> eval("Boolean(" + condition + ")").asBoolean());
        }

        /// Waits for the page that it was opened for.
        private void arrives() {
            String there = "document.readyState === 'complete' && location.href !== 'about:blank'";
            Awaitility.await("a page")
                    .atMost(Duration.ofSeconds(PATIENCE_SECONDS))
                    .until(() -> {
                        try {
                            return eval(there).asBoolean();
                        } catch (AssertionError e) {
                            return false; // what it asked in has gone, since the page is coming
                        }
                    });
        }

        /// Types into a field, as a person would.
        void type(String selector, String text) {
            eval("document.querySelector('" + selector + "').select()");
            eval("document.querySelector('" + selector + "').focus()");
            ask(session, "Input.insertText", Map.of("text", text));
        }

        void submit(String form) {
            eval("document.querySelector('" + form + "').requestSubmit()");
        }

        void size(int width, int height, boolean dark) {
            ask(
                    session,
                    "Emulation.setDeviceMetricsOverride",
                    Map.of(
                            "width",
                            width,
                            "height",
                            height,
                            "deviceScaleFactor",
                            1,
                            "mobile",
                            false));
            ask(
                    session,
                    "Emulation.setEmulatedMedia",
                    Map.of(
                            "features",
                            List.of(
                                    Map.of(
                                            "name",
                                            "prefers-color-scheme",
                                            "value",
                                            dark ? "dark" : "light"))));
        }

        /// Keeps a picture of it.
        void picture(Path file) throws IOException {
            JsonNode shot = ask(session, "Page.captureScreenshot", Map.of("format", "png"));
            Path folder = file.getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            Files.write(file, Base64.getDecoder().decode(shot.path("data").asString()));
        }

        void close() {
            ask("", "Target.closeTarget", Map.of("targetId", target));
        }
    }

    Page open(String url) {
        String target =
                ask("", "Target.createTarget", Map.of("url", url)).path("targetId").asString();
        String session =
                ask("", "Target.attachToTarget", Map.of("targetId", target, "flatten", true))
                        .path("sessionId")
                        .asString();
        Page page = new Page(target, session);
        page.arrives();
        return page;
    }

    @Override
    public void close() {
        socket.abort();
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
