package dev.parley.core.catalog;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.shard.Golden;
import dev.parley.core.shard.MachineTrial;
import dev.parley.core.shard.TestDecision;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The catalog's records and snapshot: golden bytes of format 1, and what it does with bytes that
/// were changed at random although all checksums were right.
class CatalogMutationTest {
    private final MachineTrial trial = new MachineTrial(() -> new CatalogMachine(16));

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
        trial.isGolden("catalog", TestDecision.snapshot(office.machine));
    }

    @Test
    void aSnapshotFromAnything() {
        trial.snapshotsFromAnything(TestDecision.snapshot(office().machine));
    }
}
