package dev.parley.front.mqtt;

import dev.parley.core.catalog.Catalog;
import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.CatalogMachine;
import dev.parley.core.log.Log;
import dev.parley.core.log.VolatileStore;
import dev.parley.core.shard.Chance;
import dev.parley.core.shard.Command;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Promise;
import java.nio.ByteBuffer;
import java.util.List;

/// A catalog with the host `/`, the user `guest`, who may do everything, and `reader`, who may not
/// publish.
public final class TestCatalog implements Decision {
    private final CatalogMachine machine = new CatalogMachine(1);
    private int type;
    private long position;
    private ByteBuffer open = ByteBuffer.allocate(0);

    private TestCatalog() {}

    /// @param more what else there is
    public static Catalog make(CatalogCommand... more) {
        TestCatalog made = new TestCatalog();
        made.machine.onServing(made);
        made.does(new CatalogCommand.AddHost((token, reply) -> {}, 0, "/"));
        made.user("guest", ".*");
        made.user("reader", "");
        List.of(more).forEach(made::does);
        return made.machine.catalog();
    }

    private void user(String name, String write) {
        does(new CatalogCommand.PutUser((token, reply) -> {}, 0, name, "-", List.of()));
        does(new CatalogCommand.Permit((token, reply) -> {}, 0, name, "/", ".*", write, ".*"));
    }

    private void does(Command command) {
        machine.decide(command, this);
    }

    @Override
    public long now() {
        return 1_790_000_000_000L;
    }

    @Override
    public ByteBuffer append(int kind, int size) {
        type = kind;
        open = ByteBuffer.allocate(size);
        return open;
    }

    @Override
    public long apply() {
        position++;
        machine.apply(type, position, open.flip());
        return position;
    }

    @Override
    public void promise(Promise promise) {
        // Nobody waits for anything here.
    }

    @Override
    public void hurry() {
        // The log here takes everything at the same pace.
    }

    @Override
    public void timer(long timer, long dueMillis) {
        // Time stands still in these tests.
    }

    @Override
    public void cancelTimer(long timer) {
        // As above.
    }

    @Override
    public Log log() {
        throw new UnsupportedOperationException("no log in this test");
    }

    @Override
    public VolatileStore volatileStore() {
        throw new UnsupportedOperationException("no store in this test");
    }

    @Override
    public long segment(long where) {
        return 0;
    }

    @Override
    public void send(int shard, Command command) {
        throw new UnsupportedOperationException("no other shard in this test");
    }

    @Override
    public Chance chance() {
        return () -> 4;
    }
}
