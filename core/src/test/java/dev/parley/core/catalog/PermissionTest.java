package dev.parley.core.catalog;

import static dev.parley.core.catalog.Office.reason;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.api.Reason;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.regex.PatternSyntaxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What users may do with which names.
class PermissionTest {
    private final Office office = new Office();

    @ParameterizedTest
    @CsvSource({
        ".*, anything, true",
        "'', anything, false",
        "'', '', true",
        "^$, anything, false",
        "orders, my-orders-2, true",
        "^orders, my-orders, false",
        "^orders$, orders, true",
        "^(amq\\.gen.*|amq\\.default)$, amq.gen-abc, true",
        "^(amq\\.gen.*|amq\\.default)$, amq.direct, false",
        "^[[:alpha:]]+$, abc, true",
        "^[[:alpha:]]+$, ':al', false",
        "^a{2}$, aa, true",
        "^a{2}$, a{2}, false",
        "^\\{x\\}$, {x}, true",
        "^{x}$, {x}, true",
        "^a.b$, 'a\rb', true"
    })
    void expressionsAreReadAsPerlDoes(String expression, String name, boolean matches) {
        assertThat(NamePattern.of(expression).matches(name)).isEqualTo(matches);
    }

    @Test
    void defaultExchangeIsCheckedByAName() {
        User.Permission permission = new User.Permission("", "^amq\\.default$", "^$");
        assertThat(permission.mayWrite("")).isTrue();
        assertThat(permission.mayRead("")).isFalse();
        assertThat(permission.mayConfigure("")).isFalse();
        assertThat(permission.write()).isEqualTo("^amq\\.default$");
    }

    @Test
    void expressionThatWouldTakeForEverDoesNotMatch() {
        NamePattern slow = NamePattern.of("^(([a-z])+.)+[A-Z]([a-z])+$");
        assertThat(slow.matches("a".repeat(200))).isFalse();
        assertThat(slow.matches("abcDef")).isTrue();
    }

    @Test
    void expressionIsBoundedAndChecked() {
        assertThatThrownBy(() -> NamePattern.of("a".repeat(NamePattern.LENGTH_MAX + 1)))
                .isInstanceOf(PatternSyntaxException.class);
        putUser("u");
        assertThat(reason(permit("u", "(", "", ""))).isInstanceOf(Reason.Invalid.class);
        assertThat(reason(permit("u", "", "", "*"))).isInstanceOf(Reason.Invalid.class);
        assertThat(user("u").in("/")).isNull();
    }

    @Test
    void permissionsComeAndGo() {
        assertThat(reason(permit("u", ".*", ".*", ".*")))
                .isEqualTo(new Reason.NotFound("no user 'u'"));
        putUser("u");
        permit("u", "", "^a", ".*");
        User.Permission permission = Objects.requireNonNull(user("u").in("/"));
        assertThat(permission.mayConfigure("a")).isFalse();
        assertThat(permission.mayWrite("a")).isTrue();
        assertThat(permission.mayWrite("b")).isFalse();
        assertThat(permission.mayRead("b")).isTrue();
        assertThat(user("u").in("elsewhere")).isNull();
        office.ask((client, token) -> new CatalogCommand.Forbid(client, token, "u", "/"));
        assertThat(user("u").in("/")).isNull();
    }

    @Test
    void newPasswordKeepsPermissions() {
        putUser("u");
        permit("u", "", "", ".*");
        permitTopic("u", "amq.topic", "^w", "^r");
        office.ask((client, token) ->
                new CatalogCommand.PutUser(client, token, "u", "hash2", List.of("a")));
        assertThat(user("u").passwordHash()).isEqualTo("hash2");
        assertThat(user("u").tags()).containsExactly("a");
        assertThat(user("u").in("/")).isNotNull();
        assertThat(user("u").mayWriteTopic("/", "amq.topic", "x")).isFalse();
    }

    @Test
    void newUserHasNothingOfAFormerOneWithTheName() {
        putUser("u");
        permit("u", ".*", ".*", ".*");
        office.ask((client, token) -> new CatalogCommand.RemoveUser(client, token, "u"));
        putUser("u");
        assertThat(user("u").in("/")).isNull();
    }

    @Test
    void topicPermissionLimitsOnlyItsExchange() {
        putUser("u");
        permitTopic("u", "amq.topic", "^w\\.", "");
        User user = user("u");
        assertThat(user.mayWriteTopic("/", "amq.topic", "w.1")).isTrue();
        assertThat(user.mayWriteTopic("/", "amq.topic", "x.1")).isFalse();
        assertThat(user.mayReadTopic("/", "amq.topic", "w.1")).isFalse();
        assertThat(user.mayReadTopic("/", "other", "w.1")).isTrue();
        assertThat(user.mayWriteTopic("elsewhere", "amq.topic", "x.1")).isTrue();
        office.ask((client, token) ->
                new CatalogCommand.ForbidTopic(client, token, "u", "/", "amq.topic"));
        assertThat(user.mayWriteTopic("/", "amq.topic", "x.1")).isTrue();
        assertThat(user.topicPermissions("/")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "ann, ann.1, true",
        "ann, bob.1, false",
        "a.n, axn.1, false",
        "a.n, a.n.1, true",
        ".*, bob.1, false",
        "a{n, a{n.1, true",
        "{vhost}, {vhost}.1, true",
        "x\\E.*\\Q, xbob.1, false"
    })
    void namesInATopicPermissionStandForThemselves(String name, String key, boolean may) {
        putUser(name);
        permitTopic(name, "amq.topic", "^{username}\\.", "^{vhost}a{2}$");
        assertThat(user(name).mayWriteTopic("/", "amq.topic", key)).isEqualTo(may);
        assertThat(user(name).mayReadTopic("/", "amq.topic", "/aa")).isTrue();
    }

    @Test
    void unknownVariableIsOnlyText() {
        putUser("u");
        permitTopic("u", "amq.topic", "^{client_id}$", ".*");
        assertThat(user("u").mayWriteTopic("/", "amq.topic", "{client_id}")).isTrue();
        assertThat(user("u").mayWriteTopic("/", "amq.topic", "anything")).isFalse();
    }

    @Test
    void removedHostTakesItsPermissionsAlong() {
        putUser("u");
        permit("u", ".*", ".*", ".*");
        permitTopic("u", "amq.topic", "", "");
        office.ask((client, token) -> new CatalogCommand.RemoveHost(client, token, "/"));
        assertThat(user("u").permissions()).isEmpty();
        assertThat(user("u").topicPermissions("/")).isEmpty();
        assertThat(reason(permit("u", "", "", ""))).isEqualTo(new Reason.NotFound("no vhost '/'"));
    }

    @Test
    void permissionsOfOneUserAreBounded() {
        putUser("u");
        for (int i = 0; i < CatalogMachine.PERMISSIONS_MAX; i++) {
            permitTopic("u", "x" + i, "", "");
        }
        assertThat(reason(permit("u", "", "", ""))).isInstanceOf(Reason.Full.class);
        assertThat(reason(permitTopic("u", "y", "", ""))).isInstanceOf(Reason.Full.class);
        assertThat(permitTopic("u", "x0", "a", "a")).isEqualTo(new CatalogReply.Done());
    }

    private void putUser(String name) {
        CatalogReply reply =
                office.ask((client, token) ->
                        new CatalogCommand.PutUser(client, token, name, "hash", List.of()));
        assertThat(reply).isEqualTo(new CatalogReply.Done());
    }

    private User user(String name) {
        return Objects.requireNonNull(office.machine.catalog().user(name));
    }

    private CatalogReply permit(String user, String configure, String write, String read) {
        return office.ask((client, token) ->
                new CatalogCommand.Permit(client, token, user, "/", configure, write, read));
    }

    private CatalogReply permitTopic(String user, String exchange, String write, String read) {
        return office.ask((client, token) ->
                new CatalogCommand.PermitTopic(client, token, user, "/", exchange, write, read));
    }

    @Test
    void followersHearWhoIsGoneAndWhoMayDoSomethingElse() {
        List<String> heard = new ArrayList<>();
        office.machine.follow(
                new Follower() {
                    @Override
                    public void onChange(Catalog catalog) {
                        heard.add("change");
                    }

                    @Override
                    public void onUsersGone(Collection<String> users) {
                        heard.add("gone " + users);
                    }

                    @Override
                    public void onPermissionsChanged(Collection<String> users) {
                        heard.add("permissions " + users);
                    }
                });
        office.ask((client, token) ->
                new CatalogCommand.PutUser(client, token, "ann", "hash", List.of()));
        office.ask((client, token) ->
                new CatalogCommand.Permit(client, token, "ann", "/", "", "", ".*"));
        office.machine.onTurnEnd(office.decision);
        assertThat(heard).containsExactly("permissions [ann]", "change");
        heard.clear();
        // Made anew in the same turn: what the first one had open ends nevertheless.
        office.ask((client, token) -> new CatalogCommand.RemoveUser(client, token, "ann"));
        office.ask((client, token) ->
                new CatalogCommand.PutUser(client, token, "ann", "other", List.of()));
        office.machine.onTurnEnd(office.decision);
        assertThat(heard).containsExactly("gone [ann]", "permissions [ann]", "change");
        heard.clear();
        office.queue("q");
        office.machine.onTurnEnd(office.decision);
        assertThat(heard).containsExactly("change");
        for (CatalogCommand one : changes()) {
            heard.clear();
            office.machine.decide(one, office.decision);
            office.machine.onTurnEnd(office.decision);
            assertThat(heard).as("%s", one).containsExactly("permissions [ann]", "change");
        }
    }

    private static List<CatalogCommand> changes() {
        CatalogClient nobody = (token, reply) -> {};
        return List.of(
                new CatalogCommand.Permit(nobody, 0, "ann", "/", "", "", ""),
                new CatalogCommand.PermitTopic(nobody, 0, "ann", "/", "amq.topic", "", ""),
                new CatalogCommand.ForbidTopic(nobody, 0, "ann", "/", "amq.topic"),
                new CatalogCommand.Forbid(nobody, 0, "ann", "/"));
    }
}
