package dev.parley.core.catalog;

import static dev.parley.core.catalog.Office.reason;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.api.Reason;
import dev.parley.core.message.FieldTable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// Limits of users and virtual hosts.
class BoundTest {
    private final Office office = new Office();

    private CatalogReply limitHost(Bound bound, long most) {
        return office.ask(
                (client, token) -> new CatalogCommand.LimitHost(client, token, "/", bound, most));
    }

    private CatalogReply limitUser(Bound bound, long most) {
        return office.ask(
                (client, token) -> new CatalogCommand.LimitUser(client, token, "ann", bound, most));
    }

    private void addUser(String hash) {
        office.ask((client, token) ->
                new CatalogCommand.PutUser(client, token, "ann", hash, List.of()));
    }

    private User ann() {
        return Objects.requireNonNull(office.machine.catalog().user("ann"));
    }

    @Test
    void oneMoreQueueThanTheHostMayHaveIsRefused() {
        office.declareQueue("first", FieldTable.EMPTY);
        limitHost(Bound.QUEUES, 1);
        assertThat(reason(office.declareQueue("second", FieldTable.EMPTY)))
                .isEqualTo(
                        new Reason.Precondition(
                                "cannot declare queue 'second': queue limit in vhost '/' (1) is"
                                        + " reached"));
        assertThat(office.declareQueue("first", FieldTable.EMPTY))
                .isInstanceOf(CatalogReply.Declared.class);
        limitHost(Bound.QUEUES, -1);
        assertThat(office.declareQueue("second", FieldTable.EMPTY))
                .isInstanceOf(CatalogReply.Declared.class);
        assertThat(office.host().limits()).isEmpty();
    }

    @Test
    void limitsOfAUserOutliveANewPassword() {
        addUser("one");
        limitUser(Bound.CHANNELS, 3);
        addUser("two");
        assertThat(ann().passwordHash()).isEqualTo("two");
        assertThat(ann().limits()).isEqualTo(Map.of(Bound.CHANNELS, 3L));
        assertThat(ann().most(Bound.CONNECTIONS)).isNegative();
    }

    @Test
    void userHasNoLimitOfQueuesAndAHostNoneOfChannels() {
        addUser("one");
        assertThat(reason(limitUser(Bound.QUEUES, 1))).isInstanceOf(Reason.Invalid.class);
        assertThat(reason(limitHost(Bound.CHANNELS, 1))).isInstanceOf(Reason.Invalid.class);
    }

    @Test
    void recordsOfLimitsBuildTheSameAgain() {
        Catalog copy = new Catalog();
        CatalogRecords records = new CatalogRecords();
        CatalogRecords.apply(copy, CatalogRecords.HOST, records.begin().text("/").bytes());
        CatalogRecords.apply(
                copy, CatalogRecords.HOST_LIMIT, records.limit("/", Bound.QUEUES, 7).bytes());
        assertThat(Objects.requireNonNull(copy.host("/")).most(Bound.QUEUES)).isEqualTo(7);
        CatalogRecords.apply(
                copy, CatalogRecords.HOST_LIMIT, records.limit("/", Bound.QUEUES, -1).bytes());
        assertThat(Objects.requireNonNull(copy.host("/")).limits()).isEmpty();
    }
}
