package dev.parley.core.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.shard.Golden;
import dev.parley.core.shard.Mutator;
import dev.parley.core.shard.TestDecision;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/// The catalog's records and snapshot: golden bytes of format 1, and what it does with bytes that
/// were changed at random although all checksums were right.
class CatalogMutationTest {
    private static Office office() {
        Office office = new Office();
        FieldTable arguments =
                FieldTable.builder().put("x-max-length", new FieldValue.Whole('I', 10)).build();
        office.declareExchange("orders", "topic", true, true, arguments);
        office.declareExchange("passing", "fanout", false, false, FieldTable.EMPTY);
        office.declareQueue("durable", true, 0, false, arguments);
        office.declareQueue("other", true, 0, true, FieldTable.EMPTY);
        office.bind("orders", "durable", "eu.#");
        office.bind("orders", "other", "*.created");
        office.ask((client, token) ->
                new CatalogCommand.PutUser(client, token, "anna", "hash", List.of("monitoring")));
        office.ask((client, token) ->
                new CatalogCommand.Permit(client, token, "anna", "/", "", "^orders$", ".*"));
        office.ask((client, token) ->
                new CatalogCommand.PermitTopic(
                        client, token, "anna", "/", "orders", "^eu\\.", ".*"));
        office.ask((client, token) -> new CatalogCommand.AddHost(client, token, "second"));
        return office;
    }

    @Test
    void recordsAndSnapshotAreThoseOfFormat1() {
        Office office = office();
        ByteBuffer out = ByteBuffer.allocate(1 << 16);
        for (TestDecision.Logged one : office.decision.records()) {
            ByteBuffer payload = one.payload().duplicate();
            out.put((byte) one.type()).putInt(payload.remaining()).put(payload);
        }
        byte[] bytes = new byte[out.position()];
        out.flip().get(bytes);
        Golden.check("catalog/records", bytes);
        byte[] snapshot = TestDecision.snapshot(office.machine);
        Golden.check("catalog/snapshot", snapshot);
        CatalogMachine restored = new CatalogMachine(16);
        restored.restore(ByteBuffer.wrap(Golden.read("catalog/snapshot")));
        assertThat(TestDecision.snapshot(restored)).isEqualTo(snapshot);
    }

    @Test
    void aSnapshotFromAnything() {
        byte[] snapshot = TestDecision.snapshot(office().machine);
        int[] taken = {0};
        int[] refused = {0};
        Assertions.assertTimeoutPreemptively(
                Duration.ofMinutes(3),
                () -> {
                    for (int seed = 0; seed < 20_000; seed++) {
                        try {
                            CatalogMachine machine = new CatalogMachine(16);
                            byte[] bytes = new Mutator(seed).mutate(snapshot, true);
                            machine.restore(ByteBuffer.wrap(bytes));
                            taken[0]++;
                        } catch (RuntimeException e) {
                            // The log turns it into a refusal that names shard and cause.
                            refused[0]++;
                        }
                    }
                });
        assertThat(taken[0]).isPositive();
        assertThat(refused[0]).isEqualTo(20_000 - taken[0]).isPositive();
    }
}
