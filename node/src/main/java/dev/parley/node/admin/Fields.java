package dev.parley.node.admin;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The fields of a JSON object; one that has an unknown name or the wrong type is the asker's
/// mistake.
final class Fields {
    private final JsonNode object;

    Fields(JsonNode object, Set<String> allowed) {
        this.object = object;
        for (String name : object.propertyNames()) {
            if (!allowed.contains(name)) {
                throw new Problem(400, "unknown field '" + name + "'");
            }
        }
    }

    boolean has(String name) {
        return object.has(name);
    }

    /// Missing where nothing has the name.
    JsonNode node(String name) {
        return object.path(name);
    }

    boolean flag(String name, boolean otherwise) {
        JsonNode value = object.path(name);
        if (value.isMissingNode()) {
            return otherwise;
        }
        return want(value.isBoolean(), name, "true or false", value).asBoolean();
    }

    @Nullable String text(String name) {
        JsonNode value = object.path(name);
        return value.isMissingNode()
                ? null
                : want(value.isString(), name, "text", value).asString();
    }

    /// A text that never shows up in an answer, not even in one that says that it is none.
    @Nullable String secret(String name) {
        JsonNode value = object.path(name);
        if (!value.isMissingNode() && !value.isString()) {
            throw new Problem(400, name + " is no text");
        }
        return value.isMissingNode() ? null : value.asString();
    }

    String text(String name, String otherwise) {
        String text = text(name);
        return text == null ? otherwise : text;
    }

    @Nullable Long number(String name, long least, long most) {
        JsonNode value = object.path(name);
        if (value.isMissingNode()) {
            return null;
        }
        boolean whole = value.isIntegralNumber() && value.canConvertToLong();
        boolean fits = whole && value.asLong() >= least && value.asLong() <= most;
        return want(fits, name, "a number from %d to %d".formatted(least, most), value).asLong();
    }

    @Nullable Integer small(String name, int least, int most) {
        Long number = number(name, least, most);
        return number == null ? null : number.intValue();
    }

    List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        JsonNode value = object.path(name);
        if (value.isMissingNode()) {
            return texts;
        }
        want(value.isArray(), name, "a list", value);
        for (JsonNode one : value) {
            texts.add(want(one.isString(), name, "a list of text", one).asString());
        }
        return texts;
    }

    Iterable<Map.Entry<String, JsonNode>> object(String name) {
        JsonNode value = object.path(name);
        if (value.isMissingNode()) {
            return Set.of();
        }
        return want(value.isObject(), name, "an object", value).properties();
    }

    private static JsonNode want(boolean right, String name, String what, JsonNode value) {
        if (!right) {
            String given = value.toString();
            String shown = given.length() > 60 ? given.substring(0, 60) + "…" : given;
            throw new Problem(400, "%s is %s, not %s".formatted(name, shown, what));
        }
        return value;
    }
}
