package dev.parley.core.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/// Damage below what was durable: the shards that it concerns stay closed, the others replay,
/// nothing is removed; and stale bytes never count.
class DamageTest {
    private static final String FIRST = Segment.name(0);

    private final MemoryDisk disk = new MemoryDisk();

    /// Six turns, each durable before the next; shards 0, 1, 2, 0, 1, 2.
    private TestLog six() {
        TestLog log = new TestLog(disk);
        for (int i = 0; i < 6; i++) {
            log.put(i % 3, i, "number " + i);
            log.settle();
        }
        return log;
    }

    private static int offset(TestLog log, int shard, int number) {
        return (int) (log.shelf(shard).position(number) % TestLog.SEGMENT);
    }

    @Test
    void oneFlippedBitOfAPayloadStopsOneShard() {
        TestLog log = six();
        disk.flip(FIRST, offset(log, 1, 1) + 15, 4);
        List<String> files = disk.kept();
        for (int start = 0; start < 3; start++) {
            TestLog again = new TestLog(disk);
            assertThat(again.closed()).containsOnlyKeys(1);
            assertThat(again.closed().get(1)).contains(FIRST, "damaged");
            assertThat(again.shelf(0).numbers()).contains(0, 3);
            assertThat(again.shelf(2).numbers()).contains(2, 5);
            again.put(0, 100 + start, "goes on");
            again.settle();
            assertThat(disk.kept()).containsAll(files);
        }
        assertThat(new TestLog(disk).shelf(0).numbers()).containsExactly(0, 3, 100, 101, 102);
    }

    @Test
    void aDamagedFrameHeaderStopsTheShardThatMissesAFrame() {
        TestLog log = six();
        disk.flip(FIRST, offset(log, 1, 1) - Frame.HEADER + 20, 4);
        TestLog again = new TestLog(disk);
        assertThat(again.closed()).containsOnlyKeys(1);
        assertThat(again.closed().get(1)).contains("frames 1 to 1 are missing");
    }

    /// The first frame of a shard can be missing without a gap between two of its frames.
    @Test
    void theLossOfAShardsFirstFrameIsSeen() {
        TestLog log = six();
        for (int at = Segment.HEADER; at < offset(log, 0, 3) - Frame.HEADER; at++) {
            disk.flip(FIRST, at, 0xFF);
        }
        TestLog again = new TestLog(disk);
        assertThat(again.closed()).containsOnlyKeys(0, 1, 2);
        assertThat(disk.exists(FIRST)).isTrue();
    }

    /// What came last of a shard may be what is missing: it stays closed, also the next time.
    @Test
    void aShardOfWhichNothingCameLaterStaysClosedForGood() {
        TestLog log = new TestLog(disk);
        log.put(0, 0, "zero");
        log.settle();
        log.put(1, 1, "one");
        log.settle();
        log.put(2, 2, "two");
        log.settle();
        log.put(2, 3, "three");
        log.settle();
        disk.flip(FIRST, offset(log, 1, 1) - Frame.HEADER + 20, 4);
        for (int start = 0; start < 3; start++) {
            TestLog again = new TestLog(disk);
            assertThat(again.closed()).containsOnlyKeys(0, 1);
            again.put(2, 10 + start, "more");
            again.settle();
        }
    }

    /// Every bit of a small log: it is found, or it was not durable for certain, or it does not
    /// matter; what is served is right.
    @Test
    void everyFlippedBitIsFoundOrHarmless() {
        TestLog log = six();
        int end = (int) (log.shelf(0).log().head() % TestLog.SEGMENT);
        MemoryDisk whole = disk.copy();
        for (int at = 0; at < end; at++) {
            if (at > 160 && at < Segment.HEADER - 4) {
                continue; // zeros under the header's checksum, like those before
            }
            MemoryDisk one = whole.copy();
            one.flip(FIRST, at, 1 << at % 8);
            List<String> files = one.kept();
            try {
                TestLog again = new TestLog(one);
                for (int shard = 0; shard < 3; shard++) {
                    List<Integer> numbers = again.shelf(shard).numbers();
                    boolean last = at >= offset(log, 2, 5) - Frame.HEADER;
                    if (again.closed().containsKey(shard)) {
                        assertThat(numbers).isEmpty();
                    } else if (shard == 2 && last) {
                        assertThat(numbers).as("byte %d", at).startsWith(2);
                    } else {
                        assertThat(numbers).as("byte %d", at).containsExactly(shard, shard + 3);
                    }
                }
            } catch (CorruptLogException e) {
                assertThat(at).as("%s", e.getMessage()).isLessThan(Segment.HEADER);
            }
            assertThat(one.kept()).as("byte %d", at).containsAll(files);
        }
    }

    /// Ten turns in each of several segments.
    private TestLog manySegments() {
        TestLog log = new TestLog(disk);
        for (int i = 0; i < 100; i++) {
            log.put(i % 2, i, "x".repeat(900));
            log.settle();
        }
        log.put(2, 1000, "the only one");
        log.settle();
        assertThat(disk.list()).contains(Segment.name(5));
        return log;
    }

    @Test
    void aMissingSegmentStopsTheShardsThatWereInIt() {
        manySegments();
        for (int missing = 0; missing < 5; missing++) {
            MemoryDisk one = disk.copy();
            one.delete(Segment.name(missing));
            List<String> files = one.kept();
            TestLog again = new TestLog(one);
            assertThat(again.closed()).as("segment %d", missing).containsOnlyKeys(0, 1);
            assertThat(again.shelf(2).numbers()).containsExactly(1000);
            again.put(2, 1001, "more");
            again.settle();
            assertThat(one.kept()).containsAll(files);
            assertThat(new TestLog(one).closed()).containsOnlyKeys(0, 1);
        }
    }

    @Test
    void aMissingLastSegmentIsSeenIfASnapshotKnewOfIt() {
        TestLog log = manySegments();
        log.shelf(2).drop(1000);
        log.shelf(2).seal();
        log.shelf(2).snapshot();
        log.settle();
        disk.delete(disk.list().stream().filter(Segment::isSegment).toList().getLast());
        for (int start = 0; start < 3; start++) {
            TestLog again = new TestLog(disk);
            assertThat(again.closed()).containsOnlyKeys(0, 1);
            again.put(2, 2000 + start, "more");
            again.settle();
        }
        assertThat(new TestLog(disk).shelf(2).numbers()).containsExactly(2000, 2001, 2002);
    }

    /// The frame behind the header tells what is needed of it.
    @Test
    void aDamagedSegmentHeaderAloneStopsNobody() {
        manySegments();
        for (int segment = 0; segment < 5; segment++) {
            MemoryDisk one = disk.copy();
            one.flip(Segment.name(segment), 33, 1);
            List<String> files = one.kept();
            for (int start = 0; start < 3; start++) {
                TestLog again = new TestLog(one);
                assertThat(again.closed()).as("segment %d", segment).isEmpty();
                assertThat(again.shelf(0).numbers()).hasSize(50 + start).contains(0, 98);
                assertThat(again.shelf(1).numbers()).hasSize(50).contains(1, 99);
                again.put(0, 2000 + start, "goes on");
                again.settle();
            }
            assertThat(one.kept()).containsAll(files);
        }
    }

    @Test
    void aDamagedHeaderHidesNoSegmentThatIsMissingBeforeIt() {
        manySegments();
        disk.flip(Segment.name(3), 33, 1);
        disk.delete(Segment.name(2));
        List<String> files = disk.kept();
        TestLog again = new TestLog(disk);
        assertThat(again.closed()).containsOnlyKeys(0, 1);
        assertThat(again.shelf(2).numbers()).containsExactly(1000);
        assertThat(disk.kept()).containsAll(files);
    }

    @Test
    void aSegmentWithoutHeaderAndFirstFrameStopsTheStartAndRemovesNothing() {
        manySegments();
        for (int segment = 0; segment < 5; segment++) {
            MemoryDisk one = disk.copy();
            one.flip(Segment.name(segment), 33, 1);
            one.flip(Segment.name(segment), Segment.HEADER + 20, 1);
            List<String> files = one.kept();
            assertThatThrownBy(() -> new TestLog(one))
                    .isInstanceOf(CorruptLogException.class)
                    .hasMessageContaining("damaged header");
            assertThat(one.kept()).isEqualTo(files);
        }
    }

    /// Torn ends of earlier runs, bytes of earlier lives: a start finds the same without any of its
    /// headers.
    @Test
    void damagedHeadersChangeNothingAmongTornEnds() {
        int headers = 0;
        for (int seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            MemoryDisk now = new MemoryDisk();
            int number = 0;
            for (int run = 0; run < 3; run++) {
                TestLog log = new TestLog(now);
                for (int base = number; number < base + 12; number++) {
                    log.put(number % 3, number, "x".repeat(random.nextInt(2500)));
                    log.settle();
                }
                if (random.nextBoolean()) {
                    log.snapshotAll();
                }
                for (int n = random.nextInt(8); n >= 0; n--) {
                    log.put(number % 3, number++, "perhaps lost".repeat(1 + random.nextInt(90)));
                }
                // Written, and then the sync fails.
                now.breakAt(1);
                log.settle();
                now = now.afterCrash(random);
            }
            TestLog whole = new TestLog(now.copy());
            for (String name : now.list()) {
                if (Segment.isSegment(name) && now.bytes(name).length > Segment.HEADER) {
                    MemoryDisk one = now.copy();
                    one.flip(name, 8 + random.nextInt(60), 1 << random.nextInt(8));
                    headers++;
                    assertThat(found(one)).as("seed %d, %s", seed, name).isEqualTo(shown(whole));
                }
            }
        }
        assertThat(headers).isGreaterThan(60);
    }

    /// What a start finds, or why there is none.
    private static String found(MemoryDisk disk) {
        List<String> files = disk.kept();
        try {
            return shown(new TestLog(disk));
        } catch (CorruptLogException e) {
            assertThat(disk.kept()).isEqualTo(files);
            return String.valueOf(e.getMessage());
        }
    }

    private static String shown(TestLog log) {
        StringBuilder text = new StringBuilder().append(log.closed());
        log.shelves().forEach(shelf -> text.append(shelf.numbers()));
        return text.toString();
    }

    @Test
    void aSegmentOfAnotherDirectoryIsRefused() {
        manySegments();
        byte[] header = disk.bytes(Segment.name(2)).clone();
        Segment.Header own = Segment.decode(ByteBuffer.wrap(header));
        assertThat(own).isNotNull();
        ByteBuffer other =
                Segment.encode(
                        new Segment.Header(
                                99,
                                2,
                                TestLog.SEGMENT,
                                1,
                                own == null ? 0 : own.firstFrame(),
                                1,
                                own == null ? 0 : own.previousEnd(),
                                0));
        other.get(header, 0, Segment.HEADER);
        disk.put(Segment.name(2), header);
        assertThatThrownBy(() -> new TestLog(disk))
                .isInstanceOf(CorruptLogException.class)
                .hasMessageContaining("another data directory");
    }

    @Test
    void aDirectoryFileThatIsWrongAboutItsSegmentsTakesNoMemory() {
        manySegments();
        Identity right = Identity.read(disk);
        assertThat(right).isNotNull();
        if (right != null) {
            new Identity(right.directory(), right.shards(), 1 << 30, right.epoch(), 0).write(disk);
        }
        Recovery recovery = new Recovery(disk, 0, 1 << 30, new Track[0]);
        assertThat(recovery.largest(List.of(0L, 2L))).isEqualTo(TestLog.SEGMENT);
        assertThat(recovery.largest(List.of())).isZero();
        assertThatThrownBy(() -> new TestLog(disk))
                .isInstanceOf(CorruptLogException.class)
                .hasMessageContaining("another data directory");
    }

    @Test
    void aDamagedOrMissingDirectoryFileStopsTheStartAndRemovesNothing() {
        manySegments().snapshotAll();
        for (int at = 0; at < 128; at++) {
            MemoryDisk one = disk.copy();
            one.flip("parley.log", at, 0x20);
            List<String> files = one.kept();
            assertThatThrownBy(() -> new TestLog(one)).isInstanceOf(CorruptLogException.class);
            assertThat(one.kept()).isEqualTo(files);
        }
        disk.delete("parley.log");
        List<String> files = disk.kept();
        assertThatThrownBy(() -> new TestLog(disk))
                .isInstanceOf(CorruptLogException.class)
                .hasMessageContaining("without parley.log");
        assertThat(disk.kept()).isEqualTo(files);
    }

    @Test
    void aDamagedSnapshotStopsItsShardAndRemovesNothing() {
        TestLog log = manySegments();
        log.shelf(1).snapshot();
        log.settle();
        String name = disk.list().stream().filter(SnapshotFile::isSnapshot).toList().getFirst();
        int size = disk.bytes(name).length;
        for (int at = 0; at < size; at += 7) {
            MemoryDisk one = disk.copy();
            one.flip(name, at, 0x08);
            List<String> files = one.kept();
            TestLog again = new TestLog(one);
            assertThat(again.closed()).containsOnlyKeys(1);
            assertThat(again.closed().get(1)).contains(name);
            again.put(0, 5000, "goes on");
            again.snapshotAll();
            assertThat(one.kept()).containsAll(files);
        }
    }

    @Test
    void aMissingSnapshotIsSeenByTheFramesThatItCovered() {
        TestLog log = manySegments();
        log.snapshotAll();
        for (int i = 0; i < 60; i++) {
            log.put(i % 2, 200 + i, "x".repeat(900));
            log.settle();
        }
        for (int i = 0; i < 100; i++) {
            log.shelf(0).drop(i);
            log.shelf(1).drop(i);
        }
        log.shelf(0).seal();
        log.shelf(1).seal();
        log.snapshotAll();
        log.put(1, 900, "later");
        log.settle();
        assertThat(disk.exists(FIRST)).isFalse();
        List<String> snapshots = disk.list().stream().filter(SnapshotFile::isSnapshot).toList();
        disk.delete(snapshots.get(1));
        assertThat(new TestLog(disk).closed()).containsOnlyKeys(1);
    }

    @Test
    void aMissingSegmentThatASnapshotRefersToStopsItsShard() {
        TestLog log = manySegments();
        for (int i = 0; i < 90; i += 2) {
            log.shelf(0).drop(i);
        }
        log.shelf(0).seal();
        for (int i = 1; i < 100; i += 2) {
            log.shelf(1).drop(i);
        }
        log.shelf(1).seal();
        log.put(0, 2000, "x".repeat(9000));
        log.put(0, 2001, "x".repeat(9000));
        log.snapshotAll();
        long segment = log.engine().segment(log.shelf(0).position(96));
        disk.delete(Segment.name(segment));
        TestLog again = new TestLog(disk);
        assertThat(again.closed()).containsKey(0).doesNotContainKey(1);
        assertThat(again.closed().get(0)).contains(Segment.name(segment));
    }

    /// A recycled file is full of frames that were valid once.
    @Test
    void staleBytesInRecycledSegmentsNeverCount() {
        for (int seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            MemoryDisk now = new MemoryDisk();
            int number = 0;
            for (int run = 0; run < 4; run++) {
                TestLog log = new TestLog(now);
                for (Shelf shelf : log.shelves()) {
                    shelf.numbers().forEach(shelf::drop);
                    shelf.seal();
                }
                int base = number;
                for (; number < base + 40; number++) {
                    log.put(number % 3, number, "x".repeat(random.nextInt(2500)));
                    log.settle();
                    if (number % 10 == 9) {
                        for (Shelf shelf : log.shelves()) {
                            shelf.numbers().forEach(shelf::drop);
                            shelf.seal();
                        }
                        log.snapshotAll();
                    }
                }
                for (Shelf shelf : log.shelves()) {
                    shelf.numbers().forEach(shelf::drop);
                    shelf.seal();
                }
                log.put(0, number++, "the last");
                log.settle();
                log.put(1, number++, "lost");
                log.flush();
                now = now.afterCrash(random);
                TestLog again = new TestLog(now.copy());
                assertThat(again.closed()).as("seed %d", seed).isEmpty();
                assertThat(again.shelf(0).numbers())
                        .as("seed %d", seed)
                        .containsExactly(number - 2);
                assertThat(again.shelf(2).numbers()).as("seed %d", seed).isEmpty();
            }
        }
    }

    /// A body may carry anything, also what looks like a frame of this very log.
    @Test
    void aForgedFrameInsideATornRecordIsNotBelieved() {
        TestLog log = new TestLog(disk);
        log.put(0, 0, "before");
        log.settle();
        byte[] forged = disk.bytes(FIRST).clone();
        int length = 120;
        int frame = offset(log, 0, 0) - Frame.HEADER;
        byte[] body = new byte[1000 * 8];
        for (int at = 3; at + length < body.length; at += length) {
            System.arraycopy(forged, frame, body, at, length);
            ByteBuffer fake = ByteBuffer.wrap(body);
            fake.putLong(at + 24, 1_000_000).putLong(at + 40, Long.MAX_VALUE);
            // All that somebody outside can know of it:
            fake.putInt(at + 8, Frame.checksum(new CRC32C(), 0, fake, at));
        }
        log.shelf(0).put(1, body);
        log.shelf(0).seal();
        log.flush();
        log.engine().writer().turn();
        disk.flip(FIRST, frame + 150, 1);
        TestLog again = new TestLog(disk);
        assertThat(again.closed()).isEmpty();
        assertThat(again.shelf(0).numbers()).containsExactly(0);
    }
}
