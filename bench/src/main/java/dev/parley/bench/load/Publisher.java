package dev.parley.bench.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;

/// One connection that publishes: a buffer of many equal publishes, of which as many go out at once
/// as the window, the rate and the socket let through.
final class Publisher implements Link.Events, Load.Port {

    private static final int BATCH_BYTES = 64 << 10;
    private static final int BATCH_MAX = 1_024;

    /// A confirm may overtake older ones; how many windows far, before publishing waits.
    private static final int OVERTAKING = 4;

    private static final int TEN = 10;

    private final Link link;
    private final SocketChannel channel;
    private final SelectionKey key;
    private final Tally tally;
    private final Plan.Publishing plan;
    private final Template template;
    private final ByteBuffer out;
    private final int batch;

    /// When each publish was due, by its number; 0 once it is confirmed. Length is a power of two.
    private final long[] due;

    private final double nanosApart;
    private long began;
    private long next = 1;
    private long oldest = 1;
    private int unconfirmed;

    Publisher(Link link, Plan.Publishing plan, Tally tally, Selector selector) throws IOException {
        this.link = link;
        this.plan = plan;
        this.tally = tally;
        String name = plan.keys() > 1 ? plan.key() + Template.digits(0) : plan.key();
        template = new Template(plan.exchange(), name, plan.bytes(), plan.persistent());
        batch = Math.clamp(BATCH_BYTES / template.size(), 1, BATCH_MAX);
        out = ByteBuffer.allocateDirect(batch * template.size());
        for (int i = 0; i < batch; i++) {
            out.put(template.encoded());
        }
        due = new long[Integer.highestOneBit(Math.max(1, plan.window() * OVERTAKING)) << 1];
        nanosApart = plan.rate() > 0 ? TimeUnit.SECONDS.toNanos(1) * plan.links() / plan.rate() : 0;
        if (plan.window() > 0) {
            link.confirm();
        }
        channel = link.handOver(this);
        key = channel.register(selector, SelectionKey.OP_READ, this);
    }

    /// The clock of intended times starts.
    void begin(long now) {
        if (began == 0) {
            began = now;
        }
    }

    /// When the next publish is due; only where there is a rate.
    long nextDue() {
        return began + (long) ((next - 1) * nanosApart);
    }

    /// Publishes what may be published now; returns whether more could follow at once.
    boolean pump(long now) throws IOException {
        if (out.hasRemaining() && !flushed()) {
            return false;
        }
        int count = allowed(now);
        if (count == 0) {
            return false;
        }
        out.clear();
        for (int i = 0; i < count; i++) {
            stamp(i, now);
        }
        tally.published += count;
        out.limit(count * template.size());
        return flushed() && allowed(now) > 0;
    }

    private int allowed(long now) {
        long most = batch;
        if (plan.window() > 0) {
            most = Math.min(most, plan.window() - unconfirmed);
            most = Math.min(most, due.length - (next - oldest));
        }
        if (plan.ahead() > 0) {
            most = Math.min(most, plan.ahead() - (tally.published - tally.delivered));
        }
        if (plan.messages() > 0) {
            most = Math.min(most, plan.messages() - tally.published);
        }
        if (nanosApart > 0) {
            most = Math.min(most, (long) ((now - began) / nanosApart) + 2 - next);
        }
        return (int) Math.max(0, most);
    }

    private void stamp(int index, long now) {
        long at = now;
        if (nanosApart > 0) {
            at = nextDue();
            tally.late.recordValue(Math.max(0, now - at));
        }
        int from = index * template.size();
        out.putLong(from + template.bodyAt(), at);
        if (plan.keys() > 1) {
            int number = (int) (next % plan.keys());
            for (int i = 1; i <= Template.DIGITS; i++) {
                out.put(from + template.keyEnd() - i, (byte) ('0' + number % TEN));
                number /= TEN;
            }
        }
        if (plan.window() > 0) {
            due[slot(next)] = at;
            unconfirmed++;
        }
        next++;
    }

    private int slot(long number) {
        return (int) (number & (due.length - 1));
    }

    private boolean flushed() throws IOException {
        channel.write(out);
        boolean all = !out.hasRemaining();
        int wanted = all ? SelectionKey.OP_READ : SelectionKey.OP_READ | SelectionKey.OP_WRITE;
        if (key.interestOps() != wanted) {
            key.interestOps(wanted);
        }
        return all;
    }

    @Override
    public void onReady() throws IOException {
        if (key.isReadable()) {
            link.read();
        }
    }

    @Override
    public void onConfirm(long tag, boolean multiple, boolean accepted) {
        long now = link.readAt();
        for (long number = multiple ? oldest : tag; number <= tag; number++) {
            int slot = slot(number);
            if (due[slot] == 0) {
                continue;
            }
            if (accepted) {
                tally.confirm.recordValue(Math.max(0, now - due[slot]));
                tally.confirmed++;
            } else {
                tally.refused++;
            }
            due[slot] = 0;
            unconfirmed--;
        }
        while (oldest < next && due[slot(oldest)] == 0) {
            oldest++;
        }
    }

    @Override
    public void onDelivery(long tag, long stamp) {
        throw new IllegalStateException("a delivery for a publisher");
    }

    @Override
    public void close() throws IOException {
        link.close();
    }
}
