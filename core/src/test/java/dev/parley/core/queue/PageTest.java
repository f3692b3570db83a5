package dev.parley.core.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.core.shard.SnapshotWriter;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// A page by itself: what its record and a snapshot say of it, and which segments it asks for.
class PageTest {
    private static final Page.SegmentOf SEGMENTS = position -> position / 100;
    private static final long RECORD = 900;

    private final Page page = new Page();
    private ByteBuffer record = ByteBuffer.allocate(0);

    /// Entries 0, 1, 2 ... lie at these positions, and the page in a record at [#RECORD].
    private void coldWith(long... positions) {
        for (int i = 0; i < positions.length; i++) {
            page.add(i, positions[i], 10, 0, 5);
        }
        record = encoded(page);
        page.cool(RECORD, record.remaining(), record.duplicate(), SEGMENTS);
    }

    private static ByteBuffer encoded(Page page) {
        ByteBuffer out = ByteBuffer.allocate(page.encodedSize());
        page.encode(out);
        assertThat(out.remaining()).as("bytes left unwritten").isZero();
        return out.flip();
    }

    private static Page restored(SnapshotWriter snapshot) {
        ByteBuffer written = snapshot.room(0).duplicate();
        return Page.restore(written.flip());
    }

    /// Saves the page, as a snapshot does: first what it is, then what it keeps alive.
    private static Page restarted(Page page, Map<Long, Long> live) {
        SnapshotWriter snapshot = new SnapshotWriter();
        page.save(snapshot);
        live.clear();
        live.putAll(kept(page));
        return restored(snapshot);
    }

    private static Map<Long, Long> kept(Page page) {
        Map<Long, Long> found = new LinkedHashMap<>();
        page.eachSegment(SEGMENTS, (segment, bytes) -> found.merge(segment, bytes, Long::sum));
        return found;
    }

    @Test
    void aSnapshotOfALoadedPageNamesNoSegmentThatItDoesNotKeep() {
        coldWith(110, 210);
        page.load(record.duplicate());
        page.remove(0);
        Map<Long, Long> live = new LinkedHashMap<>();
        Page after = restarted(page, live);
        assertThat(live).containsKeys(2L, 9L);
        assertThat(live.keySet()).containsAll(kept(after).keySet());
    }

    @Test
    void aSnapshotOfAPageWhoseEntriesMovedNamesNoSegmentThatItDoesNotKeep() {
        coldWith(110, 210);
        page.load(record.duplicate());
        page.move(0, 310);
        Map<Long, Long> live = new LinkedHashMap<>();
        Page after = restarted(page, live);
        assertThat(live).containsKeys(2L, 3L, 9L);
        assertThat(live.keySet()).containsAll(kept(after).keySet());
        assertThat(kept(after)).containsKeys(2L, 3L, 9L);
    }

    /// However often it is saved, loaded and left again.
    @Test
    void aLoadedPageLetsGoOfASegmentInTheEnd() {
        coldWith(110, 210);
        page.load(record.duplicate());
        page.remove(0);
        Map<Long, Long> live = new LinkedHashMap<>();
        restarted(page, live);
        Page after = restarted(page, live);
        assertThat(live).containsOnlyKeys(2L, 9L);
        assertThat(kept(after)).containsOnlyKeys(2L, 9L);
    }

    @Test
    void aSegmentOfAnEntryThatMovedAndWentIsNotAskedForAgain() {
        coldWith(110, 210);
        page.load(record.duplicate());
        page.move(0, 310);
        page.remove(0);
        page.coolAgain(SEGMENTS);
        assertThat(kept(page)).containsOnlyKeys(2L, 9L);
        Map<Long, Long> live = new LinkedHashMap<>();
        assertThat(kept(restarted(page, live))).containsOnlyKeys(2L, 9L);
    }

    @Test
    void aSegmentIsKeptForAnEntryThatMovedThereWhileThePageWasCold() {
        coldWith(110, 210);
        page.move(0, 310);
        Map<Long, Long> live = new LinkedHashMap<>();
        assertThat(kept(restarted(page, live))).containsOnlyKeys(1L, 2L, 3L, 9L);
        assertThat(live).containsOnlyKeys(1L, 2L, 3L, 9L);
        page.remove(0);
        assertThat(kept(restarted(page, live))).containsOnlyKeys(1L, 2L, 9L);
        assertThat(live).containsOnlyKeys(1L, 2L, 9L);
    }

    /// A record has exactly the size that was asked for.
    @Test
    void aPageInWhichSomethingRestedAndWentFillsItsRecord() {
        coldWith(110, 210, 310);
        for (int i = 0; i < 3; i++) {
            page.failures(i, i + 1);
            page.rest(i, 5000 + i);
        }
        page.move(0, 410);
        page.remove(0);
        page.load(record.duplicate());
        page.forgetRecord();
        Page again = new Page();
        again.decode(encoded(page));
        assertThat(again.present(0)).isFalse();
        assertThat(again.failures(1)).isEqualTo(2);
        assertThat(again.rest(2)).isEqualTo(5002);
        page.remove(1);
        page.remove(2);
        assertThat(page.rests()).isFalse();
    }

    @Test
    void restsThatEndFillTheRecordToo() {
        coldWith(110, 210);
        page.rest(0, 5000);
        page.load(record.duplicate());
        page.rest(0, 0);
        page.rest(1, 6000);
        page.remove(1);
        assertThat(page.rests()).isFalse();
        assertThat(encoded(page).remaining()).isEqualTo(record.remaining() - 25);
    }

    /// Else a sparse segment would never be emptied.
    @Test
    void aColdPageTellsThatAnEntryMovedIntoASegment() {
        coldWith(110, 210);
        page.move(0, 310);
        page.move(1, 410);
        page.remove(1);
        assertThat(page.touches(3, SEGMENTS)).isTrue();
        assertThat(page.touches(4, SEGMENTS)).isFalse();
        assertThat(page.touches(9, SEGMENTS)).isTrue();
    }

    /// Found by the fuzzer: the page counted it twice, and the snapshot could not be read back.
    @Test
    void anEntryIsThereOnce() {
        page.add(3, 110, 10, 0, 5);
        assertThatThrownBy(() -> page.add(3, 120, 10, 0, 5))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("entry 3");
        assertThat(page.live()).isEqualTo(1);
    }

    /// Found by the fuzzer: an entry that says that it is not there was counted all the same.
    @Test
    void aRecordHoldsEntriesThatAreThere() {
        page.add(3, 110, 10, 0, 5);
        ByteBuffer bytes = encoded(page);
        bytes.put(2 + 4 + 2, (byte) 0);
        assertThatThrownBy(() -> new Page().decode(bytes))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("entry 3");
    }
}
