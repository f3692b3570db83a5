package dev.parley.node.management;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// A list as RabbitMQ's tools want it: filtered by name, sorted, cut into pages, with the columns
/// that they name.
final class Listing {
    private static final int PAGE_SIZE = 100;
    private static final int PAGE_SIZE_MAX = 500;
    private static final int EXPRESSION_MAX = 200;

    private Listing() {}

    static void answer(Call call, List<Map<String, Object>> all) {
        List<Map<String, Object>> rows = new ArrayList<>(all);
        String sort = call.query("sort", "");
        if (!sort.isEmpty()) {
            Comparator<Map<String, Object>> order =
                    (a, b) -> compare(value(a, sort), value(b, sort));
            rows.sort(call.query("sort_reverse", "").equals("true") ? order.reversed() : order);
        }
        if (call.query("page", "").isEmpty()) {
            call.ok(rows.stream().map(row -> columns(call, row)).toList());
        } else {
            call.ok(page(call, rows));
        }
    }

    /// One object, with the columns that were asked for.
    static void answer(Call call, Map<String, Object> one) {
        call.ok(columns(call, one));
    }

    private static Map<String, Object> page(Call call, List<Map<String, Object>> all) {
        Predicate<String> wanted = wanted(call);
        List<Map<String, Object>> rows =
                all.stream()
                        .filter(row -> wanted.test(String.valueOf(row.getOrDefault("name", ""))))
                        .toList();
        int number = number(call, "page", 1, Integer.MAX_VALUE);
        int size = number(call, "page_size", PAGE_SIZE, PAGE_SIZE_MAX);
        int pages = Math.max(1, (rows.size() + size - 1) / size);
        if (number > pages) {
            throw Fault.pageOutOfRange(
                    "Page out of range, page: %d page size: %d, len: %d"
                            .formatted(number, size, rows.size()));
        }
        int from = (number - 1) * size;
        List<Map<String, Object>> items =
                rows.subList(from, Math.min(rows.size(), from + size)).stream()
                        .map(row -> columns(call, row))
                        .toList();
        Map<String, Object> page = new LinkedHashMap<>();
        page.put("filtered_count", rows.size());
        page.put("item_count", items.size());
        page.put("items", items);
        page.put("page", number);
        page.put("page_count", pages);
        page.put("page_size", size);
        page.put("total_count", all.size());
        return page;
    }

    private static Predicate<String> wanted(Call call) {
        String name = call.query("name", "");
        if (!call.query("use_regex", "").equals("true")) {
            String part = name.toLowerCase(Locale.ROOT);
            return text -> text.toLowerCase(Locale.ROOT).contains(part);
        }
        if (name.length() > EXPRESSION_MAX) {
            throw Fault.badRequest("name is longer than " + EXPRESSION_MAX + " characters");
        }
        try {
            return Pattern.compile(name, Pattern.CASE_INSENSITIVE).asPredicate();
        } catch (PatternSyntaxException e) {
            throw Fault.badRequest("name is no regular expression: " + e.getDescription());
        }
    }

    private static int number(Call call, String query, int otherwise, int most) {
        String text = call.query(query, "");
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(text);
            if (number >= 1 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Answered below, as a number out of bounds is.
        }
        throw Fault.badRequest("%s is '%s', not 1 to %d".formatted(query, text, most));
    }

    private static Object value(Map<String, Object> row, String path) {
        Object at = row;
        for (String name : path.split("\\.", -1)) {
            at = at instanceof Map<?, ?> map && map.containsKey(name) ? map.get(name) : "";
        }
        return at;
    }

    private static int compare(Object a, Object b) {
        if (a instanceof Number one && b instanceof Number other) {
            return Double.compare(one.doubleValue(), other.doubleValue());
        }
        return String.valueOf(a).compareTo(String.valueOf(b));
    }

    private static Map<String, Object> columns(Call call, Map<String, Object> row) {
        String wanted = call.query("columns", "");
        if (wanted.isEmpty()) {
            return row;
        }
        Map<String, Object> chosen = new LinkedHashMap<>();
        for (String path : wanted.split(",", -1)) {
            copy(row, chosen, path.strip());
        }
        return chosen;
    }

    @SuppressWarnings("unchecked") // what a row nests is a row
    private static void copy(Map<String, Object> from, Map<String, Object> to, String path) {
        int dot = path.indexOf('.');
        Object value = from.get(dot < 0 ? path : path.substring(0, dot));
        if (value == null) {
            return;
        }
        if (dot < 0) {
            to.put(path, value);
        } else if (value instanceof Map<?, ?> nested) {
            Object target =
                    to.computeIfAbsent(path.substring(0, dot), name -> new LinkedHashMap<>());
            if (target instanceof Map<?, ?> map && map != nested) {
                copy(
                        (Map<String, Object>) nested,
                        (Map<String, Object>) map,
                        path.substring(dot + 1));
            }
        }
    }
}
