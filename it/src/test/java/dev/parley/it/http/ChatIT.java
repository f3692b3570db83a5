package dev.parley.it.http;

import dev.parley.it.Broker;
import dev.parley.it.TestNode;
import dev.parley.it.http.Chromium.Page;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The chat in `examples/`, in a browser: two pages talk, see each other come and go, and find what
/// was said again after the node was killed.
@Timeout(300)
class ChatIT {
    private static final Path PICTURES = Path.of("target", "screenshots");

    @Test
    void twoPagesTalk() throws Exception {
        try (Chromium browser = Chromium.start(Broker.freshDirectory("chromium"));
                TestNode node =
                        TestNode.start(
                                Broker.freshDirectory("chat"),
                                Map.of(),
                                List.of("--www", pages().toString()))) {
            Page ann = enter(browser, node, "Ann");
            Page bob = enter(browser, node, "Bob");
            ann.awaits("document.querySelectorAll('#here li').length === 2");
            say(ann, "Good morning! Is the new node running?");
            say(bob, "It is. Started with one command, nothing else on the machine.");
            say(bob, "And what we say here is on disk before the tick shows.");
            say(ann, "Then let us kill it and see…");
            String last = "[...document.querySelectorAll('.what')].at(-1)?.textContent";
            bob.awaits(last + "?.startsWith('Then let us')");
            ann.awaits("document.querySelectorAll('#said .waits').length === 0");
            node.kill();
            ann.awaits("document.querySelector('#state').className === ''");
            node.restart();
            ann.awaits("document.querySelector('#state').className === 'on'");
            bob.awaits("document.querySelector('#state').className === 'on'");
            say(bob, "Nothing is missing. Ann, are you still there?");
            ann.awaits(last + "?.startsWith('Nothing is missing')");
            say(ann, "Still here, and so is all of it.");
            bob.awaits(last + "?.startsWith('Still here')");

            Page cleo = enter(browser, node, "Cleo");
            cleo.awaits("document.querySelectorAll('.what').length === 6");
            cleo.awaits("document.querySelectorAll('#here li').length === 3");
            ann.awaits("document.querySelectorAll('#here li').length === 3");
            ann.size(1180, 720, false);
            ann.picture(PICTURES.resolve("chat-light.png"));
            bob.size(1180, 720, true);
            bob.picture(PICTURES.resolve("chat-dark.png"));

            cleo.close();
            ann.awaits("document.querySelectorAll('#here li').length === 2");
            bob.type("#opening", "Coffee Machine");
            bob.submit("#open");
            ann.awaits("document.querySelectorAll('#here li').length === 1");
            ann.awaits(
                    "[...document.querySelectorAll('#rooms button')]"
                            + ".some(one => one.textContent === 'coffee-machine')");
            bob.awaits("document.querySelectorAll('.what').length === 0");
        }
    }

    private static Page enter(Chromium browser, TestNode node, String name) throws Exception {
        Page page = browser.open("http://127.0.0.1:" + node.httpPort() + "/");
        page.size(1180, 720, false);
        page.type("#name", name);
        if (name.equals("Ann")) {
            page.picture(PICTURES.resolve("chat-door.png"));
        }
        page.submit("#door");
        page.awaits("document.querySelector('#state').className === 'on'");
        return page;
    }

    private static void say(Page page, String text) {
        page.type("#text", text);
        page.submit("#say");
    }

    private static Path pages() {
        Path at = Path.of("").toAbsolutePath();
        while (at != null && !Files.exists(at.resolve("examples/chat/index.html"))) {
            at = at.getParent();
        }
        if (at == null) {
            throw new AssertionError("not inside a checkout of Parley");
        }
        return at.resolve("examples/chat");
    }
}
