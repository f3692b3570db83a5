package dev.parley.node;

import java.util.ArrayDeque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a node has opened so far: closed in reverse, all of it, whatever fails.
final class Opened implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Opened.class);

    private final ArrayDeque<AutoCloseable> all = new ArrayDeque<>();

    void add(AutoCloseable one) {
        all.push(one);
    }

    @Override
    public void close() {
        while (!all.isEmpty()) {
            closeNewest();
        }
    }

    private void closeNewest() {
        try {
            all.pop().close();
        } catch (Exception e) {
            // The rest has to go all the same.
            LOG.warn("cannot be closed: {}", e.toString());
        }
    }
}
