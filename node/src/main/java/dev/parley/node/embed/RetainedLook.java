package dev.parley.node.embed;

import dev.parley.front.mqtt.Publication;
import dev.parley.front.mqtt.TopicSpace;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Goes through retained messages page by page, as a program asks for them; on the loop.
final class RetainedLook {
    /// Messages of a page, and bytes at which it ends.
    private static final int PAGE = 512;

    private static final long PAGE_BYTES = 4L << 20;

    private final TopicSpace.Cursor cursor;
    private final List<Publication> page = new ArrayList<>();
    private long bytes;
    private @Nullable Ask<List<Publication>> asked;

    RetainedLook(TopicSpace space, String filter) {
        cursor = space.retained(Programs.HOST, filter, this::goOn);
    }

    /// Answers with the next page; with an empty one when it was the last.
    void next(Ask<List<Publication>> ask) {
        asked = ask;
        goOn();
    }

    private void goOn() {
        Ask<List<Publication>> ask = asked;
        if (ask == null) {
            return;
        }
        Publication message;
        while (page.size() < PAGE && bytes < PAGE_BYTES && (message = cursor.next()) != null) {
            page.add(message);
            bytes += message.payload().remaining();
        }
        if (page.size() == PAGE || bytes >= PAGE_BYTES || cursor.done()) {
            asked = null;
            ask.answer(List.copyOf(page));
            page.clear();
            bytes = 0;
        }
    }
}
