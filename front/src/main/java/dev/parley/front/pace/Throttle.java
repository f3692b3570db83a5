package dev.parley.front.pace;

/// How much one client may send: so many packets and so many bytes in a second, and as many at once
/// after a quiet one. What it sends beyond that is a debt, which time pays: a minute of it at most,
/// since nobody can find out whether a client still lives of which nothing is read.
public final class Throttle {
    private static final long DEBT_SECONDS_MAX = 60;

    private final Account packets;
    private final Account bytes;

    /// @param packetsPerSecond 0: as many as it likes
    /// @param bytesPerSecond likewise
    /// @param now milliseconds that only go forward
    public Throttle(long packetsPerSecond, long bytesPerSecond, long now) {
        this.packets = new Account(packetsPerSecond, now);
        this.bytes = new Account(bytesPerSecond, now);
    }

    /// The client has sent a packet of so many bytes.
    public void take(long size, long now) {
        packets.take(1, now);
        bytes.take(size, now);
    }

    /// Milliseconds until it may send again; 0: it may.
    public long pause(long now) {
        return Math.max(packets.pause(now), bytes.pause(now));
    }

    /// What is left of one of the two, in thousandths: a second's worth at the most.
    private static final class Account {
        private final long perSecond;
        private long left;
        private long since;

        Account(long perSecond, long now) {
            this.perSecond = perSecond;
            this.left = perSecond * 1_000;
            this.since = now;
        }

        void take(long count, long now) {
            if (perSecond > 0) {
                refill(now);
                left = Math.max(left - count * 1_000, -DEBT_SECONDS_MAX * perSecond * 1_000);
            }
        }

        long pause(long now) {
            if (perSecond == 0) {
                return 0;
            }
            refill(now);
            return left >= 0 ? 0 : Math.ceilDiv(-left, perSecond);
        }

        private void refill(long now) {
            long lacking = perSecond * 1_000 - left;
            long elapsed = now - since;
            since = now;
            left += elapsed > lacking / perSecond ? lacking : elapsed * perSecond;
        }
    }
}
